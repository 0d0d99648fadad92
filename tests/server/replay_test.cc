// Request ids: a repeated request is answered with what was stored for it, and
// never applied twice.

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "tests/server/ledger_fixture.h"

namespace partner::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Replay : public LedgerTest {
 protected:
  Replay() { Open(); }

  // The outcome is the stored answer of `first`, marked as such.
  static void ExpectReplayed(const Outcome& again, const Outcome& first) {
    ASSERT_TRUE(again.ok()) << again.refusal->violations.front().description();
    EXPECT_TRUE(again.result().replayed());
    EXPECT_FALSE(first.result().replayed());
    const std::unique_ptr<google::protobuf::Message> expected(
        first.response->New());
    expected->CopyFrom(*first.response);
    hierarchy::MutableResultOf(expected.get())->set_replayed(true);
    EXPECT_EQ(again.response->DebugString(), expected->DebugString());
  }
};

TEST_F(Replay, AnswersAsBefore) {
  const auto request = CreateProvider("north");
  const Outcome first = Run(request);
  MustRun(RenamePartner("north", "Renamed"));
  ExpectReplayed(Run(request), first);
  EXPECT_EQ(engine_->visible(), 3);
}

TEST_F(Replay, ShowsTheTokenAgain) {
  MakePartners();
  const auto request = CreateInvitation("north", v1::ADMIN_OFFER_NONE);
  const Outcome first = Run(request);
  const Outcome again = Run(request);
  ExpectReplayed(again, first);
  EXPECT_THAT(again.As<v1::CreateInvitationResponse>().invitation().token(),
              testing::Not(IsEmpty()));
}

TEST_F(Replay, RefusesOtherContent) {
  const auto first = CreateProvider("north");
  const std::int64_t revision = MustRun(first);
  auto other = CreateProvider("south");
  other.mutable_options()->set_request_id(first.options().request_id());
  EXPECT_EQ(Run(other).reason(), v1::ERROR_REASON_REQUEST_ID_REUSED);
  auto other_method = RenamePartner("north", "North");
  other_method.mutable_options()->set_request_id(first.options().request_id());
  EXPECT_EQ(Run(other_method).reason(), v1::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_EQ(engine_->visible(), revision);
}

TEST_F(Replay, KnowsTheIdInUpperAndLowerCase) {
  auto request = CreateProvider("north");
  const Outcome first = Run(request);
  const std::string id = absl::AsciiStrToUpper(request.options().request_id());
  ASSERT_NE(id, request.options().request_id());
  request.mutable_options()->set_request_id(id);
  ExpectReplayed(Run(request), first);
}

TEST_F(Replay, TakesUnknownFieldsForNothing) {
  auto request = CreateProvider("north");
  const Outcome first = Run(request);
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(1000, 1);
  ExpectReplayed(Run(request), first);
}

TEST_F(Replay, IsOfOnePrincipal) {
  MakePartners();
  const auto request = RenamePartner("north", "North");
  const std::int64_t by_operator = MustRun(request);
  const std::int64_t by_partner = MustRun(request, PartnerPrincipal("north"));
  EXPECT_EQ(by_partner, by_operator + 1);
}

TEST_F(Replay, IsOfOneCapacity) {
  MakePartners();
  const auto request = AcceptInvitation("acme", MakeInvitation());
  const Principal admin = CustomerPrincipal("acme");
  const Outcome first = Run(request, admin);
  Principal user = admin;
  user.customer_admin = false;
  EXPECT_FALSE(Run(request, user).ok())
      << "what an administrator was told is not for everybody";
  ExpectReplayed(Run(request, admin), first);
}

TEST_F(Replay, SurvivesReopening) {
  const auto request = CreateProvider("north");
  const Outcome first = Run(request);
  Open();
  ExpectReplayed(Run(request), first);
}

TEST_F(Replay, JoinsARequestOfTheSameGroup) {
  const auto request = CreateProvider("north");
  auto other = CreateProvider("south");
  other.mutable_options()->set_request_id(request.options().request_id());
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    for (int i = 0; i < 3; ++i) outcomes.push_back(Start(request));
    outcomes.push_back(Start(other));
  }
  const Outcome first = outcomes[0].get();
  ASSERT_TRUE(first.ok());
  ExpectReplayed(outcomes[1].get(), first);
  ExpectReplayed(outcomes[2].get(), first);
  EXPECT_EQ(outcomes[3].get().reason(), v1::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_THAT(layer_->groups(), ElementsAre(1, 1));  // Policy, partner.
}

TEST_F(Replay, JoinsARequestOfAnEarlierGroup) {
  const auto request = CreateProvider("north");
  // The second comes while the first is being appended.
  std::future<Outcome> second;
  layer_->SetAppend(
      [&](const std::vector<NewRevision>&, const StoreLayer::Below& below) {
        second = Start(request);
        return below();
      });
  const Outcome first = Run(request);
  ASSERT_TRUE(first.ok());
  ExpectReplayed(second.get(), first);
  EXPECT_EQ(engine_->visible(), 2);
}

TEST_F(Replay, RefusedRequestsAreDecidedAnew) {
  const auto rename = RenamePartner("north", "North");
  EXPECT_EQ(Run(rename).reason(), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  std::future<Outcome> before;
  std::future<Outcome> create;
  std::future<Outcome> after;
  {
    Hold hold(this);
    before = Start(rename);
    create = Start(CreateProvider("north"));
    after = Start(rename);
  }
  EXPECT_EQ(before.get().reason(), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
  EXPECT_EQ(create.get().revision(), 2);
  const Outcome renamed = after.get();
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(renamed.revision(), 3);
  EXPECT_FALSE(renamed.result().replayed());
}

TEST_F(Replay, DryRunsAreNotStored) {
  auto request = CreateProvider("north");
  auto dry = request;
  dry.mutable_options()->set_validate_only(true);
  EXPECT_TRUE(Run(dry).ok());
  const Outcome real = Run(request);
  ASSERT_TRUE(real.ok());
  EXPECT_FALSE(real.result().replayed());
}

TEST_F(Replay, IsForgottenAfterADay) {
  const auto request = CreateProvider("north");
  const Outcome first = Run(request);
  const absl::Time at = clock_.Now();
  clock_.AdvanceTo(at + absl::Hours(24));
  ExpectReplayed(Run(request), first);
  clock_.AdvanceTo(at + absl::Hours(24) + absl::Seconds(1));
  EXPECT_EQ(Run(request).reason(), v1::ERROR_REASON_RESOURCE_EXISTS);
}

// The same id may be stored twice, a day apart, and the newer one counts.
TEST_F(Replay, OfAForgottenIdIsOfTheNewRequest) {
  MustRun(CreateProvider("north"));
  const auto request = RenamePartner("north", "North");
  const std::int64_t old = MustRun(request);
  clock_.AdvanceTo(clock_.Now() + absl::Hours(25));
  const Outcome anew = Run(request);
  ASSERT_TRUE(anew.ok());
  EXPECT_EQ(anew.revision(), old + 1);
  ExpectReplayed(Run(request), anew);
}

TEST_F(Replay, IsAuthorisedAnew) {
  MakePartners();
  const auto request = CreateCustomer("acme");
  const Outcome first = Run(request, PartnerPrincipal("north"));
  ASSERT_TRUE(first.ok());
  ExpectReplayed(Run(request, PartnerPrincipal("north")), first);
  const auto& response = first.As<v1::CreateCustomerResponse>();
  MustRun(ByName<v1::TerminateResellerRelationshipRequest>(
              response.reseller_relationship().name()),
          PartnerPrincipal("north"));
  const Outcome again = Run(request, PartnerPrincipal("north"));
  EXPECT_EQ(again.reason(), v1::ERROR_REASON_RESOURCE_NOT_FOUND);
}

}  // namespace
}  // namespace partner::server
