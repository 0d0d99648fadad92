#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "partner/hierarchy/v1/access_service.pb.h"
#include "server/ops/config.h"
#include "server/ops/transport.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/serving.h"
#include "tests/bench/ledger.h"
#include "tests/bench/tasks.h"

namespace partner::bench {
namespace {

// The paths of our own methods, so that clients do the same for both servers.
constexpr const char* kEchoed[] = {
    "/partner.hierarchy.v1.AccessService/CheckAccess",
    "/partner.hierarchy.v1.CustomerService/CreateCustomer",
    "/partner.hierarchy.v1.InvitationService/AcceptInvitation",
};
// A batch is parsed and serialized again: what a thousand questions cost before
// the first is answered.
constexpr char kParsed[] =
    "/partner.hierarchy.v1.AccessService/BatchCheckAccess";
constexpr char kPrepared[] =
    "/partner.hierarchy.v1.CustomerService/ListCustomers";

grpc::ByteBuffer ReadBytes(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const grpc::Slice slice(bytes.str());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

int Echo(const Arguments& arguments) {
  server::CalmLibraryLocks();
  server::BytesService service;
  for (const char* path : kEchoed) {
    service.AddUnary(
        path, [](grpc::CallbackServerContext* context,
                 const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
          *response = *request;
          grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
          reactor->Finish(grpc::Status::OK);
          return reactor;
        });
  }
  service.AddUnary(
      kParsed, [](grpc::CallbackServerContext* context,
                  const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
        google::protobuf::Arena arena;
        auto* batch = google::protobuf::Arena::CreateMessage<
            hierarchy::v1::BatchCheckAccessRequest>(&arena);
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        if (server::ParseMessage(*request, batch)) {
          server::Serialize(*batch, response);
          reactor->Finish(grpc::Status::OK);
        } else {
          reactor->Finish({grpc::StatusCode::INTERNAL, "no batch"});
        }
        return reactor;
      });
  const grpc::ByteBuffer answer = ReadBytes(arguments.Text("answer"));
  service.AddUnary(kPrepared, [&answer](grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer*,
                                        grpc::ByteBuffer* response) {
    *response = answer;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  });
  grpc::ServerBuilder builder;
  server::SetTransportLimits(server::Config(), &builder);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) Die("echo", "cannot listen");
  Print({{"addresses", {absl::StrCat("127.0.0.1:", port)}}});
  Arguments line;
  while (ReadLine(&line)) {
  }
  return 0;
}

}  // namespace partner::bench
