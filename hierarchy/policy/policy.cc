#include "hierarchy/policy/policy.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {
namespace {

// Keeps the first error of a text-format parse.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty()) {
      text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

template <typename Types>
bool Contains(const Types& types, int type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// The first enum with a number nobody knows, which text format lets pass;
// empty when there is none.
std::string UnknownEnum(const google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    const int items = repeated ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < items; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const std::string inner = UnknownEnum(
            repeated ? reflection->GetRepeatedMessage(message, field, i)
                     : reflection->GetMessage(message, field));
        if (!inner.empty()) return absl::StrCat(field->name(), ".", inner);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const int number =
            repeated ? reflection->GetRepeatedEnumValue(message, field, i)
                     : reflection->GetEnumValue(message, field);
        if (field->enum_type()->FindValueByNumber(number) == nullptr) {
          return absl::StrCat(field->name(), ": ", number, " is no ",
                              field->enum_type()->name());
        }
      }
    }
  }
  return "";
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Edition>> Edition::Create(v1::PolicyEdition data,
                                                         Catalogue* catalogue) {
  const std::optional<ResourceName> name =
      ParseNameOf(Kind::kPolicyEdition, data.name());
  if (!name) {
    return absl::InvalidArgumentError(
        absl::StrCat("name must be ", PatternOf(Kind::kPolicyEdition)));
  }
  if (!data.has_effective_from()) {
    return absl::InvalidArgumentError("effective_from is missing");
  }
  if (const std::string unknown = UnknownEnum(data); !unknown.empty()) {
    return absl::InvalidArgumentError(unknown);
  }
  if (!Contains(data.admin_offers().offers(),
                data.admin_offers().default_offer())) {
    return absl::InvalidArgumentError(
        "admin_offers.default_offer must be one of admin_offers.offers");
  }
  const auto by_name = [](const auto& a, const auto& b) {
    return a.name() < b.name();
  };
  std::sort(data.mutable_services()->begin(), data.mutable_services()->end(),
            by_name);
  std::sort(data.mutable_roles()->begin(), data.mutable_roles()->end(),
            by_name);
  auto edition = std::make_unique<Edition>();
  edition->id_ = name->ids[0];
  edition->catalogue_ = catalogue;
  edition->data_ = std::move(data);
  absl::Status status = edition->TakeServices(name->program, catalogue);
  if (status.ok()) status = edition->TakeRoles(name->program, catalogue);
  if (status.ok()) status = edition->TakeRegions();
  if (status.ok()) status = edition->CheckGranular();
  if (!status.ok()) return status;
  return edition;
}

absl::Status Edition::TakeRegions() {
  for (const v1::Region& region : data_.regions()) {
    for (const std::string& country : region.countries()) {
      if (country.size() != 2 || !absl::ascii_isupper(country[0]) ||
          !absl::ascii_isupper(country[1])) {
        return absl::InvalidArgumentError(
            absl::StrCat("country ", country, " of region ", region.id(),
                         " is not two capital letters"));
      }
      if (!region_of_.emplace(country, region.id()).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("country ", country, " is in a region already"));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Edition::TakeServices(absl::string_view program,
                                   Catalogue* catalogue) {
  for (const v1::Service& service : data_.services()) {
    const auto parsed = ParseNameOf(Kind::kService, service.name());
    if (!parsed || parsed->program != program) {
      return absl::InvalidArgumentError(absl::StrCat(
          "service name ", service.name(), " must be of this program"));
    }
    const std::optional<int> index = catalogue->services.Add(service.name());
    if (!index) {
      return absl::InvalidArgumentError("more than 64 services in the program");
    }
    all_services_ |= ServiceSet{1} << *index;
  }
  return absl::OkStatus();
}

absl::Status Edition::TakeRoles(absl::string_view program,
                                Catalogue* catalogue) {
  for (const v1::Role& role : data_.roles()) {
    const auto parsed = ParseNameOf(Kind::kRole, role.name());
    if (!parsed || parsed->program != program) {
      return absl::InvalidArgumentError(
          absl::StrCat("role name ", role.name(), " must be of this program"));
    }
    const std::optional<int> index = catalogue->roles.Add(role.name());
    if (!index) {
      return absl::InvalidArgumentError("more than 64 roles in the program");
    }
    const RoleSet bit = RoleSet{1} << *index;
    if (role.granular()) granular_roles_ |= bit;
    if (role.privileged()) privileged_roles_ |= bit;
    for (const std::string& permission : role.permissions()) {
      if (IsCommercial(permission)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "permission ", permission, " of ", role.name(), " is commercial"));
      }
      Holders& holders = permissions_[permission];
      if (role.granular()) holders.roles |= bit;
      for (const v1::DutyRole& duty : data_.duty_roles()) {
        if (duty.role() == parsed->ids[0]) holders.duties |= 1u << duty.duty();
      }
    }
    if (role.services().empty()) {
      for (RoleSet& roles : service_roles_) roles |= bit;
    }
    for (const std::string& service : role.services()) {
      const std::optional<int> covered = ServiceIndex(
          absl::StrCat(ProgramName(program), "/services/", service));
      if (!covered) {
        return absl::InvalidArgumentError(
            absl::StrCat("service ", service, " of ", role.name(),
                         " is not of the edition"));
      }
      service_roles_[*covered] |= bit;
    }
  }
  return absl::OkStatus();
}

// What GRANULAR administration needs is there, and makes sense.
absl::Status Edition::CheckGranular() const {
  if (!HasAdminKind(v1::ADMIN_KIND_GRANULAR)) return absl::OkStatus();
  if (granular_roles_ == 0) {
    return absl::InvalidArgumentError("no role is granular");
  }
  if (data_.granular_partners().types().empty()) {
    return absl::InvalidArgumentError("granular_partners is missing");
  }
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kDaysMax = 10000;
  const auto whole = [](const google::protobuf::Duration& span,
                        std::int64_t unit) {
    return span.seconds() > 0 && span.seconds() <= kDaysMax * kDay &&
           span.seconds() % unit == 0 && span.nanos() == 0;
  };
  const v1::DurationRangeRule& range = data_.granular_duration();
  if (!whole(range.min(), 1) || !whole(range.max(), 1) ||
      range.min().seconds() > range.max().seconds()) {
    return absl::InvalidArgumentError(
        "granular_duration must be from 1 second to 10,000 days");
  }
  if (!whole(data_.granular_answer_within().value(), 1)) {
    return absl::InvalidArgumentError(
        "granular_answer_within must be from 1 second to 10,000 days");
  }
  if (!whole(data_.granular_auto_extend().value(), kDay)) {
    return absl::InvalidArgumentError(
        "granular_auto_extend must be from 1 to 10,000 whole days");
  }
  return absl::OkStatus();
}

std::optional<int> Edition::ServiceIndex(absl::string_view name) const {
  const std::optional<int> index = catalogue_->services.IndexOf(name);
  if (!index || (all_services_ >> *index & 1) == 0) return std::nullopt;
  return index;
}

std::optional<int> Edition::GranularRoleIndex(absl::string_view name) const {
  const std::optional<int> index = catalogue_->roles.IndexOf(name);
  if (!index || (granular_roles_ >> *index & 1) == 0) return std::nullopt;
  return index;
}

bool Edition::IsPrivileged(absl::string_view role) const {
  const std::optional<int> index = catalogue_->roles.IndexOf(role);
  return index && (privileged_roles_ >> *index & 1) != 0;
}

const Edition::Holders* Edition::HoldersOf(absl::string_view permission) const {
  const auto found = permissions_.find(permission);
  return found == permissions_.end() ? nullptr : &found->second;
}

bool Edition::MayIssueInvitations(v1::EnrollmentType type) const {
  return Contains(data_.invitation_issuers().types(), type);
}

bool Edition::MayBeDelegate(v1::EnrollmentType type) const {
  return Contains(data_.delegates().types(), type);
}

bool Edition::IsProgramme(v1::EnrollmentType type) const {
  return Contains(data_.programme_enrollments().types(), type);
}

bool Edition::HasAdminKind(v1::AdminKind kind) const {
  return Contains(data_.admin_kinds().kinds(), kind);
}

bool Edition::MayBeGranular(v1::EnrollmentType type) const {
  return Contains(data_.granular_partners().types(), type);
}

bool Edition::InOneRegion(absl::string_view country,
                          absl::string_view other) const {
  if (country == other) return true;
  const auto one = region_of_.find(country);
  const auto another = region_of_.find(other);
  return one != region_of_.end() && another != region_of_.end() &&
         one->second == another->second;
}

absl::StatusOr<std::unique_ptr<PolicyLibrary>> PolicyLibrary::Load(
    const std::vector<std::pair<std::string, std::string>>& files) {
  auto library = std::make_unique<PolicyLibrary>();
  std::map<std::string, std::string> latest;
  for (const auto& [name, text] : files) latest[name] = text;
  for (const auto& [name, text] : latest) {
    v1::PolicyEdition data;
    google::protobuf::TextFormat::Parser parser;
    FirstError error;
    parser.RecordErrorsTo(&error);
    if (!parser.ParseFromString(text, &data)) {
      return absl::InvalidArgumentError(
          absl::StrCat("policy file ", name, ":", error.text()));
    }
    const std::string program(ProgramOf(data.name()));
    ProgramData& entry = library->programs_[program];
    auto edition = Edition::Create(std::move(data), &entry.catalogue);
    if (!edition.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("policy file ", name, ": ", edition.status().message()));
    }
    const std::string id = (*edition)->id();
    if (!entry.editions.emplace(id, *std::move(edition)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("policy file ", name, ": edition ", id, " of program ",
                       program, " is in another file too"));
    }
  }
  return library;
}

std::vector<std::string> PolicyLibrary::programs() const {
  std::vector<std::string> ids;
  for (const auto& [program, data] : programs_) ids.push_back(program);
  return ids;
}

std::string PolicyLibrary::DisplayNameOf(absl::string_view program) const {
  const Edition* edition = DefaultOf(program);
  return edition == nullptr ? std::string()
                            : edition->data().program_display_name();
}

const Catalogue* PolicyLibrary::CatalogueOf(absl::string_view program) const {
  const auto found = programs_.find(std::string(program));
  return found == programs_.end() ? nullptr : &found->second.catalogue;
}

const Edition* PolicyLibrary::Find(absl::string_view program,
                                   absl::string_view id) const {
  const auto found = programs_.find(std::string(program));
  if (found == programs_.end()) return nullptr;
  const auto edition = found->second.editions.find(std::string(id));
  return edition == found->second.editions.end() ? nullptr
                                                 : edition->second.get();
}

std::vector<const Edition*> PolicyLibrary::EditionsOf(
    absl::string_view program) const {
  std::vector<const Edition*> editions;
  const auto found = programs_.find(std::string(program));
  if (found == programs_.end()) return editions;
  for (const auto& [id, edition] : found->second.editions) {
    editions.push_back(edition.get());
  }
  std::stable_sort(editions.begin(), editions.end(),
                   [](const Edition* a, const Edition* b) {
                     return TimeOf(a->data().effective_from()) <
                            TimeOf(b->data().effective_from());
                   });
  return editions;
}

const Edition* PolicyLibrary::DefaultOf(absl::string_view program) const {
  const std::vector<const Edition*> editions = EditionsOf(program);
  return editions.empty() ? nullptr : editions.front();
}

}  // namespace partner::hierarchy
