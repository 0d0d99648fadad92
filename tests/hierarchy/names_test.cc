// Resource names and ids: one table parses, builds and describes them.

#include "hierarchy/model/names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hierarchy/model/name_table.h"

namespace partner::hierarchy {
namespace {

TEST(Names, EachKindIsParsedAndBuilt) {
  const std::string program = ProgramName("global");
  const std::string partner = PartnerName("global", "p");
  const std::string customer = CustomerName("global", "c");
  const std::string invitation = ChildName(partner, Kind::kInvitation, "i");
  const std::pair<Kind, std::string> all[] = {
      {Kind::kProgram, program},
      {Kind::kPolicy, PolicyName("global")},
      {Kind::kPartner, partner},
      {Kind::kCustomer, customer},
      {Kind::kPartnership, ChildName(program, Kind::kPartnership, "s")},
      {Kind::kInvitation, invitation},
      {Kind::kInvitationForward,
       ChildName(invitation, Kind::kInvitationForward, "f")},
      {Kind::kInvitationAcceptance,
       ChildName(invitation, Kind::kInvitationAcceptance, "a")},
      {Kind::kResellerRelationship,
       ChildName(customer, Kind::kResellerRelationship, "r")},
      {Kind::kAdminRelationship,
       ChildName(customer, Kind::kAdminRelationship, "a")},
      {Kind::kService, ChildName(program, Kind::kService, "s")},
      {Kind::kRole, ChildName(program, Kind::kRole, "r")},
      {Kind::kPolicyEdition, ChildName(program, Kind::kPolicyEdition, "e")},
  };
  for (const auto& [kind, name] : all) {
    SCOPED_TRACE(name);
    const auto parsed = ParseName(name);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->kind, kind);
    EXPECT_EQ(parsed->program, "global");
    EXPECT_EQ(KindOfName(name), kind);
    EXPECT_EQ(ProgramOf(name), "global");
    EXPECT_TRUE(ParseNameOf(kind, name));
    EXPECT_FALSE(ParseNameOf(Kind::kNone, name));
    EXPECT_NE(PatternOf(kind), "");
  }
  EXPECT_EQ(PatternOf(Kind::kNone), "");
  EXPECT_EQ(CollectionOf(Kind::kAdminRelationship), "adminRelationships");
}

TEST(Names, MalformedOnesAreNone) {
  for (const char* name :
       {"", "programs", "programs/", "programs//partners/p", "partners/p",
        "programs/g/partners/", "programs/g/partners/p/", "programs/g/things/t",
        "programs/g/partners/p q", "programs/g/partners/-p",
        "programs/g/partners/p/invitations/i/forwards", "Programs/g",
        "/programs/g", "programs/g/partners/\xc3\xa9", "programs/g/policy/x"}) {
    EXPECT_FALSE(ParseName(name)) << name;
  }
  EXPECT_FALSE(ParseName("programs/g/partners/" + std::string(65, 'a')));
  EXPECT_TRUE(ParseName("programs/g/partners/" + std::string(64, 'a')));
  EXPECT_FALSE(ParseName("programs/" + std::string(600, 'a')));
}

TEST(Names, WildcardsOnlyWhereAllowedAndNeverForTheProgram) {
  EXPECT_FALSE(ParseName("programs/g/customers/-"));
  EXPECT_TRUE(ParseName("programs/g/customers/-", true));
  EXPECT_FALSE(ParseName("programs/-/customers/c", true));
}

TEST(Names, PartsOfANameAreFound) {
  const char name[] = "programs/g/partners/p/invitations/i";
  EXPECT_EQ(LastId(name), "i");
  EXPECT_EQ(LastId("bare"), "bare");
  EXPECT_EQ(ParentOf(name), "programs/g/partners/p");
  EXPECT_EQ(ParentOf("programs/g"), "");
  EXPECT_EQ(ParentOf("bare"), "");
  EXPECT_EQ(ProgramOf("partners/p"), "");
}

TEST(Names, IdsSortLikeTheirNumbers) {
  std::string last;
  for (std::uint64_t id :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{31},
        std::uint64_t{32}, std::uint64_t{1} << 40, ~std::uint64_t{0} - 1,
        ~std::uint64_t{0}}) {
    const std::string text = EncodeId(id);
    EXPECT_EQ(text.size(), kServerIdBytes);
    EXPECT_TRUE(IsValidId(text));
    EXPECT_EQ(DecodeId(text), id);
    EXPECT_LT(last, text);
    last = text;
  }
  for (const char* text : {"", "0", "00000000000000", "000000000000u",
                           "g000000000000", "000000000000A"}) {
    EXPECT_FALSE(DecodeId(text)) << text;
  }
}

TEST(NameTable, NumbersAreDenseAndKeptAcrossBlocks) {
  NameTable table;
  const auto text = [](int i) {
    return std::to_string(i) + std::string(200, 'x');
  };
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(table.Intern(text(i)), static_cast<std::uint32_t>(i));
  }
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(table.TextOf(i), text(i));
    ASSERT_EQ(table.Find(text(i)), static_cast<std::uint32_t>(i));
    ASSERT_EQ(table.Intern(text(i)), static_cast<std::uint32_t>(i));
  }
  EXPECT_EQ(table.size(), 5000u);
  EXPECT_FALSE(table.Find("unknown"));
}

}  // namespace
}  // namespace partner::hierarchy
