// Talks to nobody and says how that failed: messages, stubs and the client
// library compile, link and run outside the project.

#include <chrono>
#include <iostream>

#include "partner/client/partner_client.h"
#include "partner/hierarchy/v1/partner_service.grpc.pb.h"

int main() {
  namespace v1 = partner::hierarchy::v1;
  partner::client::ClientOptions options;
  options.principal = "operators/outside";
  options.timeout = std::chrono::seconds(5);
  options.retry.attempts_max = 1;
  const auto client = partner::client::PartnerClient::Connect(
      "unix:/nonexistent/socket", options);

  v1::CreatePartnerRequest request;
  request.set_parent("programs/global");
  request.set_partner_id("contoso");
  std::cout << request.ShortDebugString() << "\n";
  const auto answer =
      client.Call(&v1::PartnerService::Stub::CreatePartner, request);
  if (answer.ok()) return 1;
  std::cout << partner::client::CodeName(answer.error().code) << ", request "
            << answer.error().request_id << "\n";

  v1::ListPartnersRequest all;
  all.set_parent("programs/global");
  auto list = client.List(&v1::PartnerService::Stub::ListPartners,
                          &v1::ListPartnersResponse::partners, all);
  for (const v1::Partner& partner : list) std::cout << partner.name() << "\n";
  return list.error().code == grpc::StatusCode::UNAVAILABLE ? 0 : 1;
}
