#ifndef PARTNER_TESTS_HIERARCHY_CHANNEL_H_
#define PARTNER_TESTS_HIERARCHY_CHANNEL_H_

#include "gtest/gtest.h"
#include "tests/hierarchy/world.h"

namespace partner::hierarchy {

// A small channel to tell stories in: the providers wingtip and northwind;
// their resellers litware (wingtip's) and fabrikam (northwind's); proseware, a
// reseller nobody works with; contoso, a direct-bill partner; advent, an
// advisor outside the programme; the customers adatum and tailspin, whom
// nobody owns.
class Channel : public testing::Test {
 protected:
  explicit Channel(absl::string_view program = "global") : w_(program) {
    w_.AddProvider("wingtip");
    w_.AddProvider("northwind");
    w_.AddReseller("litware");
    w_.AddReseller("fabrikam");
    w_.AddReseller("proseware");
    w_.AddDirectBill("contoso");
    w_.AddPartner("advent", {v1::ENROLLMENT_TYPE_ADVISOR});
    w_.AddCustomer("adatum");
    w_.AddCustomer("tailspin");
    partnership_ = w_.Partnership("wingtip", "litware");
    w_.Partnership("northwind", "fabrikam");
  }

  // --- What an operator does to partners ------------------------------------

  template <typename Request>
  Decision OnPartner(absl::string_view partner) {
    return w_.Run(World::Operator(),
                  World::Named<Request>(w_.Partner(partner)));
  }
  template <typename Request>
  Decision OnEnrollment(absl::string_view partner, v1::EnrollmentType type) {
    auto request = World::Named<Request>(w_.Partner(partner));
    request.set_type(type);
    return w_.Run(World::Operator(), request);
  }
  void Suspend(absl::string_view partner) {
    EXPECT_TRUE(Accepted(OnPartner<v1::SuspendPartnerRequest>(partner)));
  }
  void Restrict(absl::string_view partner, v1::EnrollmentType type) {
    EXPECT_TRUE(Accepted(
        OnEnrollment<v1::RestrictPartnerEnrollmentRequest>(partner, type)));
  }
  void EndEnrollment(absl::string_view partner, v1::EnrollmentType type) {
    EXPECT_TRUE(
        Accepted(OnEnrollment<v1::EndPartnerEnrollmentRequest>(partner, type)));
  }
  void Enroll(absl::string_view partner, v1::EnrollmentType type) {
    EXPECT_TRUE(
        Accepted(OnEnrollment<v1::EnrollPartnerRequest>(partner, type)));
  }
  Decision EndPartnership(absl::string_view caller, const std::string& name) {
    return w_.Run(w_.PartnerCaller(caller),
                  World::Named<v1::TerminatePartnershipRequest>(name));
  }
  void DeleteCustomer(absl::string_view customer) {
    EXPECT_TRUE(Accepted(w_.Run(
        World::Operator(),
        World::Named<v1::DeleteCustomerRequest>(w_.Customer(customer)))));
  }

  World w_;
  std::string partnership_;  // wingtip's with litware.
};

// The same in the programme of Germany and of 21Vianet.
class GermanChannel : public Channel {
 protected:
  GermanChannel() : Channel("germany") {}
};
class ChineseChannel : public Channel {
 protected:
  ChineseChannel() : Channel("china-21vianet") {}
};

}  // namespace partner::hierarchy

#endif  // PARTNER_TESTS_HIERARCHY_CHANNEL_H_
