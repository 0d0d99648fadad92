// Policy editions: R1, R2, R24, D1-D4. Goal: the rules that differ between
// programs are data, each with its citation, and no code names a program.

#include "hierarchy/policy/policy.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "hierarchy/model/names.h"
#include "hierarchy/policy/standing.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::ElementsAre;
using testing::HasSubstr;

const Edition& EditionOf(absl::string_view program) {
  return *Policies().DefaultOf(program);
}

// Everything that has a `rule` and leaves it empty.
void FindUncited(const Message& message, const std::string& path,
                 std::vector<std::string>* uncited) {
  const auto* rule = message.GetDescriptor()->FindFieldByName("rule");
  const auto* reflection = message.GetReflection();
  if (rule != nullptr && reflection->GetString(message, rule).empty()) {
    uncited->push_back(path);
  }
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
        field->is_repeated()) {
      continue;
    }
    // What rules of granular administration is only where that is.
    if (absl::StrContains(field->name(), "granular") ||
        field->name() == "privileged_role_bars_auto_extend") {
      if (!reflection->HasField(message, field)) continue;
    }
    FindUncited(reflection->GetMessage(message, field),
                absl::StrCat(path, ".", field->name()), uncited);
  }
}

TEST(Policy, D1_FirstErasEditionsAreTheDefaults) {
  EXPECT_THAT(Policies().programs(),
              ElementsAre("china-21vianet", "germany", "global"));
  for (const auto& [program, id] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"global", "global-2017-03"},
           {"germany", "germany-2017-03"},
           {"china-21vianet", "china-21vianet-2018-10"}}) {
    EXPECT_EQ(EditionOf(program).id(), id);
    EXPECT_EQ(Policies().Find(program, id), &EditionOf(program));
    EXPECT_EQ(Policies().EditionsOf(program).front(), &EditionOf(program));
    EXPECT_NE(Policies().DisplayNameOf(program), "");
    EXPECT_NE(Policies().CatalogueOf(program), nullptr);
  }
  EXPECT_EQ(Policies().DefaultOf("nowhere"), nullptr);
  EXPECT_EQ(Policies().Find("global", "nothing"), nullptr);
  EXPECT_EQ(Policies().Find("nowhere", "nothing"), nullptr);
  EXPECT_EQ(Policies().CatalogueOf("nowhere"), nullptr);
  EXPECT_EQ(Policies().DisplayNameOf("nowhere"), "");
}

TEST(Policy, R24_EveryValueCitesItsRuleAndEveryEditionItsSourceAndDate) {
  for (const std::string& program : Policies().programs()) {
    for (const Edition* edition : Policies().EditionsOf(program)) {
      SCOPED_TRACE(edition->id());
      std::vector<std::string> uncited;
      FindUncited(edition->data(), edition->id(), &uncited);
      EXPECT_THAT(uncited, ElementsAre());
      EXPECT_NE(edition->data().source(), "");
      EXPECT_TRUE(edition->data().has_effective_from());
    }
  }
}

TEST(Policy, R1_GlobalAndGermanyDifferOnlyWhereARuleSaysSo) {
  v1::PolicyEdition global = EditionOf("global").data();
  v1::PolicyEdition germany = EditionOf("germany").data();
  EXPECT_EQ(germany.admin_offers().rule(), "R67");
  EXPECT_THAT(germany.admin_offers().offers(),
              ElementsAre(v1::ADMIN_OFFER_BROAD));
  for (v1::PolicyEdition* data : {&global, &germany}) {
    data->clear_name();
    data->clear_display_name();
    data->clear_program_display_name();
    data->clear_admin_offers();
    data->clear_services();
    data->clear_roles();
  }
  EXPECT_EQ(global.DebugString(), germany.DebugString());
}

TEST(Policy, R66_GermanyWasClosedToNewCustomersAndNothingElseChanged) {
  const Edition* closed = Policies().Find("germany", "germany-2018-10");
  ASSERT_NE(closed, nullptr);
  EXPECT_TRUE(closed->data().closed_to_new_customers().value());
  v1::PolicyEdition before = EditionOf("germany").data();
  v1::PolicyEdition after = closed->data();
  EXPECT_LT(before.effective_from().seconds(),
            after.effective_from().seconds());
  for (v1::PolicyEdition* data : {&before, &after}) {
    data->clear_name();
    data->clear_display_name();
    data->clear_effective_from();
    data->clear_source();
    data->clear_closed_to_new_customers();
  }
  EXPECT_EQ(before.DebugString(), after.DebugString());
  for (const std::string& program : Policies().programs()) {
    EXPECT_FALSE(EditionOf(program).data().closed_to_new_customers().value())
        << program;
  }
}

TEST(Policy, D2_LaterEditionHasBothKindsWithBoundsAsData) {
  const Edition* both = Policies().Find("global", "global-2022-06");
  ASSERT_NE(both, nullptr);
  EXPECT_TRUE(both->HasAdminKind(v1::ADMIN_KIND_BROAD));
  EXPECT_TRUE(both->HasAdminKind(v1::ADMIN_KIND_GRANULAR));
  const v1::PolicyEdition& data = both->data();
  EXPECT_EQ(data.granular_duration().min().seconds(), 86400);
  EXPECT_EQ(data.granular_duration().max().seconds(), 730 * 86400);
  EXPECT_EQ(data.granular_answer_within().value().seconds(), 90 * 86400);
  EXPECT_EQ(data.granular_auto_extend().value().seconds(), 180 * 86400);
  EXPECT_FALSE(data.one_delegate_per_service().value());
  for (const std::string& program : Policies().programs()) {
    EXPECT_FALSE(EditionOf(program).HasAdminKind(v1::ADMIN_KIND_GRANULAR));
  }
}

TEST(Policy, R84_RolesKnowTheirPermissionsAndServices) {
  const Edition& edition = *Policies().Find("global", "global-2022-06");
  const auto role = [&](const char* id) {
    const auto index =
        edition.GranularRoleIndex(absl::StrCat("programs/global/roles/", id));
    EXPECT_TRUE(index.has_value()) << id;
    return RoleSet{1} << index.value_or(0);
  };
  const RoleSet exchange = role("exchange-administrator");
  const RoleSet all = role("global-administrator");
  const int mail =
      *edition.ServiceIndex("programs/global/services/exchange-online");
  const int azure = *edition.ServiceIndex("programs/global/services/azure");
  const RoleSet configure = edition.HoldersOf("configure_services")->roles;
  EXPECT_NE(configure & exchange, 0u);
  EXPECT_NE(edition.RolesCovering(mail) & exchange, 0u);
  EXPECT_EQ(edition.RolesCovering(azure) & exchange, 0u);
  EXPECT_NE(edition.RolesCovering(azure) & all, 0u);
  EXPECT_EQ(edition.HoldersOf("manage_users")->roles & exchange, 0u);
  EXPECT_TRUE(
      edition.IsPrivileged("programs/global/roles/global-administrator"));
  EXPECT_FALSE(
      edition.IsPrivileged("programs/global/roles/exchange-administrator"));
  // Those of broad administration are no granular ones.
  EXPECT_EQ(edition.GranularRoleIndex("programs/global/roles/support"),
            std::nullopt);
}

TEST(Policy, R2_The21VianetPageHasItsOwnCitationsAndNoR23) {
  const v1::PolicyEdition& china = EditionOf("china-21vianet").data();
  EXPECT_EQ(china.invitation_issuers().rule(), "R11");
  EXPECT_EQ(china.invitation_forwarders().rule(), "R13");
  EXPECT_FALSE(china.refuse_partner_tenant_as_customer().value());
  EXPECT_TRUE(
      EditionOf("global").data().refuse_partner_tenant_as_customer().value());
  EXPECT_TRUE(
      EditionOf("germany").data().refuse_partner_tenant_as_customer().value());
}

TEST(Policy, D4_ServicesKnowTheirSuiteAndWhetherTheProgrammeSellsThem) {
  for (const std::string& program : Policies().programs()) {
    const Edition& edition = EditionOf(program);
    std::set<std::string> suite;
    for (const v1::Service& service : edition.data().services()) {
      EXPECT_NE(service.billing_basis(), v1::BILLING_BASIS_UNSPECIFIED);
      EXPECT_TRUE(edition.ServiceIndex(service.name()));
      if (service.suite() == "office-365") {
        suite.insert(std::string(LastId(service.name())));
      }
      if (service.billing_basis() == v1::BILLING_BASIS_USAGE) {
        EXPECT_EQ(service.offered(), program != "china-21vianet") << program;
      }
    }
    EXPECT_TRUE(suite.count("exchange-online")) << program;
    EXPECT_TRUE(suite.count("sharepoint-online")) << program;
    EXPECT_FALSE(edition.ServiceIndex("programs/x/services/azure"));
    EXPECT_EQ(edition.ServiceNames(edition.all_services()).size(),
              static_cast<std::size_t>(edition.data().services_size()));
  }
}

TEST(Policy, DutiesStandForRolesAndNoRoleHoldsACommercialPermission) {
  const Edition& edition = EditionOf("global");
  const std::uint32_t provisioning = 1u << v1::ADMIN_DUTY_PROVISIONING;
  const std::uint32_t support = 1u << v1::ADMIN_DUTY_SUPPORT;
  EXPECT_EQ(edition.HoldersOf("manage_users")->duties, provisioning);
  EXPECT_EQ(edition.HoldersOf("open_tickets")->duties, support);
  EXPECT_EQ(edition.HoldersOf("view_directory")->duties,
            provisioning | support);
  EXPECT_EQ(edition.HoldersOf("order"), nullptr);
  EXPECT_TRUE(Edition::IsCommercial("order"));
  EXPECT_FALSE(Edition::IsCommercial("manage_users"));
}

TEST(Policy, NoCodeNamesAProgramOrAnEdition) {
  std::set<std::string> words;
  for (const std::string& program : Policies().programs()) {
    words.insert(absl::StrCat("\"", program, "\""));
    words.insert(absl::StrCat("programs/", program));
    for (const Edition* edition : Policies().EditionsOf(program)) {
      words.insert(edition->id());
      // Nor its date, under whatever name.
      words.insert(edition->id().substr(program.size() + 1));
    }
  }
  const std::filesystem::path root(PARTNER_SOURCE_DIR);
  for (const char* folder : {"hierarchy", "server"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto suffix = entry.path().extension();
      if (suffix != ".cc" && suffix != ".h") continue;
      std::ifstream file(entry.path());
      std::string line;
      while (std::getline(file, line)) {
        // Comments may give examples.
        line = line.substr(0, line.find("//"));
        for (const std::string& word : words) {
          EXPECT_THAT(line, testing::Not(HasSubstr(word))) << entry.path();
        }
      }
    }
  }
}

// --- Loading
// ------------------------------------------------------------------

// The global edition's file with something replaced.
std::string FileWith(const std::string& old_text, const std::string& new_text) {
  for (const auto& [name, text] : PolicyLibrary::EmbeddedFiles()) {
    if (name.rfind("global", 0) != 0) continue;
    std::string changed = text;
    const auto at = changed.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    return changed.replace(at, old_text.size(), new_text);
  }
  ADD_FAILURE();
  return "";
}

std::string ErrorOf(const std::string& text) {
  const auto loaded = PolicyLibrary::Load({{"x.textproto", text}});
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(loaded.status().message());
}

TEST(Policy, FilesThatMakeNoSenseAreRefusedWithPlaceAndReason) {
  EXPECT_THAT(ErrorOf("name: 7"), HasSubstr("x.textproto:1:"));
  EXPECT_THAT(ErrorOf("nme: \"x\""), HasSubstr("nme"));
  EXPECT_THAT(ErrorOf("name: \"x\""), HasSubstr("programs/{program}"));
  EXPECT_THAT(ErrorOf("name: \"programs/g/policyEditions/e\""),
              HasSubstr("effective_from"));
  EXPECT_THAT(ErrorOf(FileWith("programs/global/services/azure",
                               "programs/germany/services/azure")),
              HasSubstr("must be of this program"));
  EXPECT_THAT(ErrorOf(FileWith("programs/global/roles/support",
                               "programs/germany/roles/support")),
              HasSubstr("must be of this program"));
  EXPECT_THAT(ErrorOf(FileWith("\"manage_users\"", "\"order\"")),
              HasSubstr("commercial"));
  EXPECT_THAT(ErrorOf(FileWith("default_offer: ADMIN_OFFER_BROAD", "")),
              HasSubstr("default_offer"));
  // Text format takes any number for an enum.
  EXPECT_THAT(ErrorOf(FileWith("duty: ADMIN_DUTY_SUPPORT", "duty: 99")),
              HasSubstr("duty: 99 is no AdminDuty"));
  EXPECT_THAT(ErrorOf(FileWith("ENROLLMENT_TYPE_DIRECT_BILL_PARTNER", "-1")),
              HasSubstr("types: -1 is no EnrollmentType"));
  std::string many;
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&many, "services { name: \"programs/global/services/s", i,
                    "\" }\n");
  }
  EXPECT_THAT(ErrorOf(FileWith("program_display_name", many + "program_display_"
                                                              "name")),
              HasSubstr("64 services"));
}

// The file of the edition with granular administration, changed.
std::string GranularFileWith(const std::string& old_text,
                             const std::string& new_text) {
  for (const auto& [name, text] : PolicyLibrary::EmbeddedFiles()) {
    if (name.rfind("global-2022-06", 0) != 0) continue;
    std::string changed = text;
    const auto at = changed.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    return changed.replace(at, old_text.size(), new_text);
  }
  ADD_FAILURE();
  return "";
}

TEST(Policy, WhatRulesGranularAdministrationMustMakeSense) {
  EXPECT_THAT(ErrorOf(GranularFileWith("seconds: 63072000", "seconds: 1")),
              HasSubstr("granular_duration"));
  EXPECT_THAT(ErrorOf(GranularFileWith("seconds: 7776000", "seconds: -1")),
              HasSubstr("granular_answer_within"));
  EXPECT_THAT(ErrorOf(GranularFileWith("seconds: 15552000", "seconds: 90000")),
              HasSubstr("granular_auto_extend"));
  EXPECT_THAT(
      ErrorOf(GranularFileWith("granular_partners {\n"
                               "  types: ENROLLMENT_TYPE_INDIRECT_PROVIDER\n"
                               "  types: ENROLLMENT_TYPE_INDIRECT_RESELLER\n"
                               "  types: ENROLLMENT_TYPE_DIRECT_BILL_PARTNER\n",
                               "granular_partners {\n")),
      HasSubstr("granular_partners"));
  EXPECT_THAT(ErrorOf(GranularFileWith("services: \"exchange-online\"",
                                       "services: \"telex\"")),
              HasSubstr("telex"));
  std::string many;
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&many, "roles { name: \"programs/global/roles/r", i,
                    "\" }\n");
  }
  EXPECT_THAT(ErrorOf(GranularFileWith("granular_partners {",
                                       many + "granular_partners {")),
              HasSubstr("64 roles"));
}

TEST(Policy, LaterFileOfTheSameNameReplacesTheEarlier) {
  const auto loaded =
      PolicyLibrary::Load({{"a", FileWith("\"Global\"", "\"One\"")},
                           {"a", FileWith("\"Global\"", "\"Two\"")}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->DisplayNameOf("global"), "Two");
  EXPECT_EQ(PolicyLibrary::Load({{"a", FileWith("\"Global\"", "\"One\"")},
                                 {"b", FileWith("\"Global\"", "\"Two\"")}})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument)
      << "one edition in two files";
}

TEST(Policy, D3_EditionsAreOrderedByTheirDateAndTheOldestIsTheDefault) {
  std::string later = FileWith("global-2017-03", "global-later");
  const auto at = later.find("1490832000");
  later.replace(at, 10, "1990832000");
  const auto loaded =
      PolicyLibrary::Load({{"a", later}, {"b", FileWith("name", "name")}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto editions = (*loaded)->EditionsOf("global");
  ASSERT_EQ(editions.size(), 2u);
  EXPECT_EQ(editions[0]->id(), "global-2017-03");
  EXPECT_EQ(editions[1]->id(), "global-later");
  EXPECT_EQ((*loaded)->DefaultOf("global"), editions[0]);
}

// --- Standing
// -------------------------------------------------------------------

Graph::PartnerFact Enrolled(v1::EnrollmentType type,
                            v1::EnrollmentState state) {
  Graph::PartnerFact fact;
  fact.enrollments[type] = static_cast<std::uint8_t>(state);
  return fact;
}

TEST(Standing, R44_OutsideTheProgrammeIsWhoNeverTookPart) {
  const Edition& edition = EditionOf("global");
  const Graph::PartnerFact nothing;
  const auto advisor =
      Enrolled(v1::ENROLLMENT_TYPE_ADVISOR, v1::ENROLLMENT_STATE_ACTIVE);
  const auto former = Enrolled(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                               v1::ENROLLMENT_STATE_ENDED);
  const auto restricted = Enrolled(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                                   v1::ENROLLMENT_STATE_RESTRICTED);
  const auto reseller = Enrolled(v1::ENROLLMENT_TYPE_INDIRECT_RESELLER,
                                 v1::ENROLLMENT_STATE_ACTIVE);
  const auto provider = Enrolled(v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER,
                                 v1::ENROLLMENT_STATE_ACTIVE);
  EXPECT_FALSE(InProgramme(edition, nothing));
  EXPECT_FALSE(InProgramme(edition, advisor));
  EXPECT_FALSE(InProgramme(edition, former));
  EXPECT_TRUE(InProgramme(edition, restricted));
  EXPECT_TRUE(InProgramme(edition, provider));
  EXPECT_FALSE(EverInProgramme(edition, advisor));
  EXPECT_TRUE(EverInProgramme(edition, former));
  EXPECT_TRUE(MayBecomeDelegate(edition, nothing));
  EXPECT_TRUE(MayBecomeDelegate(edition, advisor));
  EXPECT_TRUE(MayBecomeDelegate(edition, reseller));
  EXPECT_FALSE(MayBecomeDelegate(edition, restricted));
  EXPECT_FALSE(MayBecomeDelegate(edition, former));
  EXPECT_FALSE(MayBecomeDelegate(edition, provider));
}

}  // namespace
}  // namespace partner::hierarchy
