#include "hierarchy/policy/policy.h"

#include <algorithm>

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

absl::StatusOr<std::unique_ptr<Edition>> Edition::Create(
    v1::PolicyEdition data, ServiceCatalogue* catalogue) {
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
  auto edition = std::make_unique<Edition>();
  edition->id_ = name->ids[0];
  edition->catalogue_ = catalogue;
  for (v1::Service& service : *data.mutable_services()) {
    const auto parsed = ParseNameOf(Kind::kService, service.name());
    if (!parsed || parsed->program != name->program) {
      return absl::InvalidArgumentError(absl::StrCat(
          "service name ", service.name(), " must be of this program"));
    }
    const std::optional<int> index = catalogue->Add(service.name());
    if (!index) {
      return absl::InvalidArgumentError("more than 64 services in the program");
    }
    edition->all_services_ |= ServiceSet{1} << *index;
  }
  for (const v1::Role& role : data.roles()) {
    const auto parsed = ParseNameOf(Kind::kRole, role.name());
    if (!parsed || parsed->program != name->program) {
      return absl::InvalidArgumentError(
          absl::StrCat("role name ", role.name(), " must be of this program"));
    }
    for (const std::string& permission : role.permissions()) {
      if (IsCommercial(permission)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "permission ", permission, " of ", role.name(), " is commercial"));
      }
      std::uint32_t& duties = edition->permission_duties_[permission];
      for (const v1::DutyRole& duty : data.duty_roles()) {
        if (duty.role() == LastId(role.name())) duties |= 1u << duty.duty();
      }
    }
  }
  if (!Contains(data.admin_offers().offers(),
                data.admin_offers().default_offer())) {
    return absl::InvalidArgumentError(
        "admin_offers.default_offer must be one of admin_offers.offers");
  }
  for (const v1::Region& region : data.regions()) {
    for (const std::string& country : region.countries()) {
      if (country.size() != 2 || !absl::ascii_isupper(country[0]) ||
          !absl::ascii_isupper(country[1])) {
        return absl::InvalidArgumentError(
            absl::StrCat("country ", country, " of region ", region.id(),
                         " is not two capital letters"));
      }
      if (!edition->region_of_.emplace(country, region.id()).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("country ", country, " is in a region already"));
      }
    }
  }
  const auto by_name = [](const auto& a, const auto& b) {
    return a.name() < b.name();
  };
  std::sort(data.mutable_services()->begin(), data.mutable_services()->end(),
            by_name);
  std::sort(data.mutable_roles()->begin(), data.mutable_roles()->end(),
            by_name);
  edition->data_ = std::move(data);
  return edition;
}

std::optional<int> Edition::ServiceIndex(absl::string_view name) const {
  const std::optional<int> index = catalogue_->IndexOf(name);
  if (!index || (all_services_ >> *index & 1) == 0) return std::nullopt;
  return index;
}

std::vector<std::string> Edition::ServiceNames(ServiceSet set) const {
  std::vector<std::string> names;
  for (int i = 0; i < 64; ++i) {
    if (set >> i & 1) names.push_back(catalogue_->NameOf(i));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::uint32_t> Edition::DutiesOf(
    absl::string_view permission) const {
  const auto found = permission_duties_.find(permission);
  if (found == permission_duties_.end()) return std::nullopt;
  return found->second;
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

const ServiceCatalogue* PolicyLibrary::CatalogueOf(
    absl::string_view program) const {
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
