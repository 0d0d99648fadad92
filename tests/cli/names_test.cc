// Goal: every short form people type becomes the one full name it means, and
// anything else says what is expected.

#include "client/cli/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace partner::client {
namespace {

using testing::HasSubstr;

const NameScope kGlobal{"global", "programs/global/partners/contoso"};

std::string Expanded(absl::string_view collections, absl::string_view text,
                     const NameScope& scope = kGlobal) {
  const auto name = ExpandName(collections, text, scope);
  return name.ok() ? *name : "error: " + std::string(name.status().message());
}

TEST(ExpandName, KeepsAFullName) {
  EXPECT_EQ(Expanded("partners", "programs/germany/partners/x"),
            "programs/germany/partners/x");
}

TEST(ExpandName, AddsProgramAndCollection) {
  EXPECT_EQ(Expanded("partners", "fabrikam"),
            "programs/global/partners/fabrikam");
  EXPECT_EQ(Expanded("programs", "germany"), "programs/germany");
}

TEST(ExpandName, TakesParentAndId) {
  EXPECT_EQ(Expanded("partners/invitations", "fabrikam/0abc"),
            "programs/global/partners/fabrikam/invitations/0abc");
  EXPECT_EQ(Expanded("partners/invitations/forwards", "a/b/c"),
            "programs/global/partners/a/invitations/b/forwards/c");
}

TEST(ExpandName, TakesANameWithoutItsProgram) {
  EXPECT_EQ(Expanded("partners/invitations", "partners/a/invitations/b"),
            "programs/global/partners/a/invitations/b");
}

TEST(ExpandName, FillsInThePartyActing) {
  EXPECT_EQ(Expanded("partners/invitations", "0abc"),
            "programs/global/partners/contoso/invitations/0abc");
  EXPECT_EQ(Expanded("partners/invitations/forwards", "b/c"),
            "programs/global/partners/contoso/invitations/b/forwards/c");
}

TEST(ExpandName, DoesNotFillInAPartyOfAnotherKind) {
  EXPECT_THAT(Expanded("customers/adminRelationships", "0abc"),
              HasSubstr("not CUSTOMER/ADMINRELATIONSHIP"));
}

TEST(ExpandName, SaysThatAProgramIsMissing) {
  EXPECT_THAT(Expanded("partners", "contoso", {}), HasSubstr("--program"));
}

TEST(ExpandName, RefusesTooManyParts) {
  EXPECT_THAT(Expanded("partners", "a/b"), HasSubstr("`a/b` is not PARTNER"));
}

std::string Principal(absl::string_view text) {
  const auto name = ExpandPrincipal(text, "global");
  return name.ok() ? *name : "error: " + std::string(name.status().message());
}

TEST(ExpandPrincipal, TakesEveryForm) {
  EXPECT_EQ(Principal("operators/ops"), "operators/ops");
  EXPECT_EQ(Principal("operator:ops"), "operators/ops");
  EXPECT_EQ(Principal("auditor:x"), "auditors/x");
  EXPECT_EQ(Principal("partner:contoso"), "programs/global/partners/contoso");
  EXPECT_EQ(Principal("partners/contoso"), "programs/global/partners/contoso");
  EXPECT_EQ(Principal("customer:adatum"), "programs/global/customers/adatum");
  EXPECT_EQ(Principal("programs/germany/partners/x"),
            "programs/germany/partners/x");
  EXPECT_THAT(Principal("contoso"), HasSubstr("is no caller"));
}

TEST(ShortName, LeavesOutWhatTheProgramSays) {
  EXPECT_EQ(ShortName("programs/global/partners/a/invitations/b", "global"),
            "a/b");
  EXPECT_EQ(ShortName("programs/germany/partners/a", "global"),
            "programs/germany/partners/a");
  EXPECT_EQ(ShortName("programs/global/policy", "global"),
            "programs/global/policy");
  EXPECT_EQ(ShortName("a text", "global"), "a text");
  EXPECT_EQ(NameInProgram("programs/global/partners/a", "global"),
            "partners/a");
}

}  // namespace
}  // namespace partner::client
