#include "tests/fuzz/founding.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/text_format.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/fuzz/input.h"

namespace partner::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using test::Must;

constexpr FuzzStep kSteps[] = {
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'north' partner { "
     "display_name: 'North' country: 'FR' tenant_id: "
     "'11111111-1111-4111-8111-111111111111' } "
     "enrollments: ENROLLMENT_TYPE_INDIRECT_PROVIDER"},
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'south' partner { "
     "display_name: 'South' country: 'DE' tenant_id: "
     "'22222222-2222-4222-8222-222222222222' } "
     "enrollments: ENROLLMENT_TYPE_INDIRECT_PROVIDER"},
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'reno' partner { "
     "display_name: 'Reno' country: 'FR' tenant_id: "
     "'33333333-3333-4333-8333-333333333333' } "
     "enrollments: ENROLLMENT_TYPE_INDIRECT_RESELLER"},
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'sara' partner { "
     "display_name: 'Sara' country: 'FR' tenant_id: "
     "'44444444-4444-4444-8444-444444444444' } "
     "enrollments: ENROLLMENT_TYPE_INDIRECT_RESELLER"},
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'dora' partner { "
     "display_name: 'Dora' country: 'FR' tenant_id: "
     "'55555555-5555-4555-8555-555555555555' } "
     "enrollments: ENROLLMENT_TYPE_DIRECT_BILL_PARTNER"},
    {"", "PartnerService.CreatePartner", 0,
     "options { $id } parent: 'programs/global' partner_id: 'ada' partner { "
     "display_name: 'Ada' country: 'FR' tenant_id: "
     "'66666666-6666-4666-8666-666666666666' } "
     "enrollments: ENROLLMENT_TYPE_ADVISOR"},
    {"partnership", "PartnershipService.CreatePartnership", 2,
     "options { $id } parent: 'programs/global' provider: "
     "'programs/global/partners/north' "
     "reseller: 'programs/global/partners/reno'"},
    {"", "PartnershipService.AcceptPartnership", 4,
     "options { $id } name: '$partnership'"},
    {"asked", "PartnershipService.CreatePartnership", 2,
     "options { $id } parent: 'programs/global' provider: "
     "'programs/global/partners/north' "
     "reseller: 'programs/global/partners/sara'"},
    {"invitation", "InvitationService.CreateInvitation", 2,
     "options { $id } parent: 'programs/global/partners/north' invitation { "
     "audience: INVITATION_AUDIENCE_ALL_ACTIVE_RESELLERS "
     "admin_offer: ADMIN_OFFER_BROAD }"},
    {"forward", "InvitationService.ForwardInvitation", 4,
     "options { $id } parent: 'programs/global' name: '$invitation'"},
    {"direct", "InvitationService.CreateInvitation", 6,
     "options { $id } parent: 'programs/global/partners/dora' invitation { "
     "audience: INVITATION_AUDIENCE_DIRECT_ONLY admin_offer: ADMIN_OFFER_NONE "
     "max_acceptances: 3 }"},
    {"acceptance", "InvitationService.AcceptInvitation", 8,
     "options { $id } parent: 'programs/global' token: '$forward.token' "
     "new_customer { display_name: 'Acme' domain: 'acme.example' country: 'FR' "
     "tenant_id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa' }"},
    {"", "CustomerService.CreateCustomer", 2,
     "options { $id } parent: 'programs/global' customer_id: 'bolt' customer { "
     "display_name: 'Bolt' domain: 'bolt.example' country: 'FR' tenant_id: "
     "'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb' } "
     "associated_reseller: 'programs/global/partners/reno'"},
    {"grant", "AdminRelationshipService.GrantAdminRelationship", 10,
     "options { $id } parent: 'programs/global/customers/bolt' delegate: "
     "'programs/global/partners/sara' kind: ADMIN_KIND_BROAD duties: "
     "ADMIN_DUTY_SUPPORT scope { services: "
     "'programs/global/services/exchange-online' }"},
    {"request", "AdminRelationshipService.RequestAdminRelationship", 2,
     "options { $id } parent: 'programs/global/customers/bolt' delegate: "
     "'programs/global/partners/reno' kind: ADMIN_KIND_BROAD duties: "
     "ADMIN_DUTY_PROVISIONING scope { services: "
     "'programs/global/services/azure' }"},
};

SqliteOptions OptionsOf(std::string path) {
  SqliteOptions options;
  options.path = std::move(path);
  options.cache_bytes = 1 << 20;
  options.reader_cache_bytes = 1 << 20;
  return options;
}

// The name and the token of the first resource in an answer.
void Keep(const std::string& key, const Message& response,
          std::map<std::string, std::string>* kept) {
  const FieldDescriptor* field = response.GetDescriptor()->field(0);
  const Message& resource =
      response.GetReflection()->GetMessage(response, field);
  const auto text = [&](const char* name) {
    const FieldDescriptor* part =
        resource.GetDescriptor()->FindFieldByName(name);
    return part == nullptr
               ? std::string()
               : resource.GetReflection()->GetString(resource, part);
  };
  (*kept)[absl::StrCat("$", key, ".token")] = text("token");
  (*kept)[absl::StrCat("$", key)] = text("name");
  if (!text("reseller_relationship").empty()) {
    (*kept)["$relationship"] = text("reseller_relationship");
  }
}

}  // namespace

absl::Status OpenFile(const std::string& path, SqliteConnection* file) {
  SqliteConnection::Options options;
  options.path = path;
  options.access = SqliteConnection::Access::kReadWrite;
  return file->Open(options);
}

const std::vector<FuzzCaller>& FuzzCallers() {
  static const auto* const callers = new std::vector<FuzzCaller>{
      {"operators/me"},
      {"auditors/ann"},
      {"programs/global/partners/north"},
      {"programs/global/partners/south"},
      {"programs/global/partners/reno"},
      {"programs/global/partners/sara"},
      {"programs/global/partners/dora"},
      {"programs/global/partners/ada"},
      {"programs/global/customers/acme", true},
      {"programs/global/customers/acme"},
      {"programs/global/customers/bolt", true},
      {"programs/global/customers/nova", true},
      {"programs/global/partners/nobody"},
      {"programs/germany/partners/north"},
      {""},
      {"programs/global/partners/"},
  };
  return *callers;
}

Founding::Founding() {
  SqliteOptions options = OptionsOf(directory_.File("founded"));
  options.create = true;
  auto made = OpenSqliteStore(options);
  Must(made.ok(), "a store can be made");
  made->reset();
  {
    // A key that is always the same makes tokens that are, too.
    SqliteConnection file;
    Must(OpenFile(directory_.File("founded"), &file).ok() &&
             file.Run(absl::StrCat("UPDATE head SET history_id = '",
                                   std::string(32, '0'), "', secret_key = X'",
                                   std::string(64, '7'), "'"))
                 .ok(),
         "the store's key can be set");
  }
  auto store = OpenSqliteStore(options);
  Must(store.ok(), "the store can be opened");
  auto served = Served::Open(*std::move(store));
  Must(served.ok(), "the store can be served");
  for (const FuzzStep& step : kSteps) Run(served->get(), step);
  served->reset();
  Must(!std::filesystem::exists(directory_.File("founded-wal")),
       "the store is one file when nobody has it open");
}

void Founding::Run(Served* served, const FuzzStep& step) {
  Method& method = served->Find(step.method);
  const FuzzAnswer answer =
      served->Call(method, FuzzCallers()[step.caller], BytesOf(method, step));
  if (!answer.status.ok()) {
    std::fprintf(stderr, "%s: %s\n", step.method,
                 answer.status.error_message().c_str());
  }
  Must(answer.status.ok(), "the founding succeeds");
  if (step.keep[0] == '\0') return;
  const std::unique_ptr<Message> response(method.response->New());
  response->ParseFromString(answer.messages.front());
  Keep(step.keep, *response, &kept_);
}

std::string Founding::BytesOf(const Method& method, const FuzzStep& step) {
  // Longer keys first: `$forward.token` before `$forward`.
  std::string text = step.request;
  for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
    absl::StrReplaceAll({{kept->first, kept->second}}, &text);
  }
  absl::StrReplaceAll(
      {{"$id", absl::StrFormat("request_id: '018f0000-0000-7000-8000-%012x'",
                               ++ids_)}},
      &text);
  const std::unique_ptr<Message> request(method.request->New());
  Must(google::protobuf::TextFormat::ParseFromString(text, request.get()),
       "a step is a request");
  return request->SerializeAsString();
}

std::unique_ptr<Store> Founding::FreshStore() {
  std::error_code error;
  for (const char* name : {"store", "store-wal", "store-shm"}) {
    std::filesystem::remove(directory_.File(name), error);
  }
  std::filesystem::copy_file(directory_.File("founded"), last_store(), error);
  Must(!error, "the store can be copied");
  auto store = LastStore();
  Must(store.ok(), "a copy of the store can be opened");
  return *std::move(store);
}

absl::StatusOr<std::unique_ptr<Store>> Founding::LastStore() const {
  return OpenSqliteStore(OptionsOf(last_store()));
}

std::vector<std::string> Founding::words() const {
  std::vector<std::string> words;
  for (const auto& [key, value] : kept_) {
    if (!value.empty()) words.push_back(value);
  }
  return words;
}

}  // namespace partner::server
