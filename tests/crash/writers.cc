#include "tests/crash/writers.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "partner/hierarchy/v1/admin_relationship_service.pb.h"
#include "partner/hierarchy/v1/admin_service.pb.h"
#include "partner/hierarchy/v1/invitation_service.pb.h"
#include "partner/hierarchy/v1/partner_service.pb.h"

namespace partner::test {
namespace {

namespace v1 = hierarchy::v1;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

constexpr int kWriters = 6;
constexpr char kProgram[] = "programs/global";
constexpr char kProvider[] = "programs/global/partners/contoso";
constexpr char kReseller[] = "programs/global/partners/fabrikam";
const Caller kOperator{"operators/crash", false};

std::string Uuid(std::mt19937_64& random) {
  const std::uint64_t a = random();
  const std::uint64_t b = random();
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", a >> 32,
                         a >> 16 & 0xffff, a & 0xfff, b >> 52,
                         b & 0xffffffffffff);
}

void Attest(v1::Attestation* attestation) {
  attestation->set_person("A. Administrator");
  attestation->set_method("letter");
  attestation->mutable_time()->set_seconds(1);
  attestation->set_document("archive/1");
}

v1::MutationResult* ResultOf(Message* answer) {
  return static_cast<v1::MutationResult*>(
      answer->GetReflection()->MutableMessage(
          answer, answer->GetDescriptor()->FindFieldByName("result")));
}

// Takes the mark of a replay away; true when there was one.
bool Unmark(Message* answer) {
  const bool replayed = ResultOf(answer)->replayed();
  ResultOf(answer)->clear_replayed();
  return replayed;
}

std::unique_ptr<v1::CreatePartnerRequest> NewPartner(std::mt19937_64& random,
                                                     const std::string& id) {
  auto request = std::make_unique<v1::CreatePartnerRequest>();
  request->mutable_options()->set_request_id(Uuid(random));
  request->set_parent(kProgram);
  request->set_partner_id(id);
  request->mutable_partner()->set_display_name(id);
  request->mutable_partner()->set_country("FR");
  request->mutable_partner()->set_tenant_id(Uuid(random));
  return request;
}

}  // namespace

// One after the other: a new partner, a new customer that accepts, and the
// reseller taking a service of that customer over from its owner: one, five and
// two documents. What builds on an acceptance comes after its answer only.
class Writers::Script {
 public:
  Script(unsigned seed, std::string prefix, std::string token)
      : random_(seed), prefix_(std::move(prefix)), token_(std::move(token)) {}

  Entry Next() {
    const std::string id = absl::StrCat(prefix_, "-", ++number_);
    Entry entry;
    if (!customer_.empty()) {
      entry.method = "AdminRelationshipService.GrantAdminRelationship";
      auto request = std::make_unique<v1::GrantAdminRelationshipRequest>();
      request->mutable_options()->set_request_id(Uuid(random_));
      request->set_parent(std::exchange(customer_, ""));
      request->set_delegate(kReseller);
      request->add_duties(v1::ADMIN_DUTY_SUPPORT);
      request->mutable_scope()->add_services("programs/global/services/azure");
      request->set_replace_overlapping(true);
      Attest(request->mutable_attestation());
      entry.request = std::move(request);
    } else if (random_() % 2 == 0) {
      entry.method = "PartnerService.CreatePartner";
      entry.request = NewPartner(random_, id);
    } else {
      entry.method = "InvitationService.AcceptInvitation";
      auto request = std::make_unique<v1::AcceptInvitationRequest>();
      request->mutable_options()->set_request_id(Uuid(random_));
      request->set_parent(kProgram);
      request->set_token(token_);
      request->set_customer_id(id);
      v1::Customer* customer = request->mutable_new_customer();
      customer->set_display_name(id);
      customer->set_domain(absl::StrCat(id, ".example"));
      customer->set_country("FR");
      customer->set_tenant_id(Uuid(random_));
      Attest(request->mutable_attestation());
      entry.request = std::move(request);
    }
    return entry;
  }

  void Answered(const Message& answer) {
    if (answer.GetDescriptor() == v1::AcceptInvitationResponse::descriptor()) {
      customer_ = static_cast<const v1::AcceptInvitationResponse&>(answer)
                      .customer()
                      .name();
    }
  }

 private:
  std::mt19937_64 random_;
  const std::string prefix_;
  const std::string token_;
  int number_ = 0;
  // The customer that accepted last.
  std::string customer_;
};

void Writers::SetUp(const WireCaller& wire) {
  std::mt19937_64 random(seed_);
  for (const auto& [id, enrollment] :
       {std::pair("contoso", v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER),
        std::pair("fabrikam", v1::ENROLLMENT_TYPE_INDIRECT_RESELLER)}) {
    auto partner = NewPartner(random, id);
    partner->add_enrollments(enrollment);
    Entry entry;
    entry.method = "PartnerService.CreatePartner";
    entry.request = std::move(partner);
    ASSERT_NO_FATAL_FAILURE(SendNow(wire, std::move(entry)));
  }
  auto invite = std::make_unique<v1::CreateInvitationRequest>();
  invite->mutable_options()->set_request_id(Uuid(random));
  invite->set_parent(kProvider);
  invite->mutable_invitation();
  Entry entry;
  entry.method = "InvitationService.CreateInvitation";
  entry.request = std::move(invite);
  ASSERT_NO_FATAL_FAILURE(SendNow(wire, std::move(entry)));
  token_ =
      static_cast<const v1::CreateInvitationResponse&>(*book_.back().answer)
          .invitation()
          .token();
}

void Writers::SendNow(const WireCaller& wire, Entry entry) {
  Answer answer = Send(wire, entry);
  ASSERT_TRUE(answer.ok()) << answer.error.message;
  entry.answer = std::move(answer.message);
  book_.push_back(std::move(entry));
}

Answer Writers::Send(const WireCaller& wire, const Entry& entry) const {
  return wire.Call(*WireCaller::FindMethod(entry.method), *entry.request,
                   kOperator);
}

void Writers::Run(const WireCaller& wire, OnFailure on_failure,
                  const std::function<void()>& meanwhile) {
  stopping_ = false;
  ++run_;
  std::vector<std::vector<Entry>> done(kWriters);
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] { Write(wire, on_failure, i, &done[i]); });
  }
  meanwhile();
  stopping_ = true;
  for (std::thread& thread : threads) thread.join();
  for (std::vector<Entry>& entries : done) {
    for (Entry& entry : entries) book_.push_back(std::move(entry));
  }
}

void Writers::Write(const WireCaller& wire, OnFailure on_failure, int writer,
                    std::vector<Entry>* done) {
  Script script(seed_ + run_ * kWriters + writer,
                absl::StrCat("x", run_, "-", writer), token_);
  while (!stopping_) {
    Entry entry = script.Next();
    Answer answer = Send(wire, entry);
    while (!answer.ok() && on_failure == OnFailure::kRepeat) {
      Wait(absl::Milliseconds(20));
      answer = Send(wire, entry);
    }
    if (answer.ok()) {
      Unmark(answer.message.get());
      script.Answered(*answer.message);
      entry.answer = std::move(answer.message);
    } else {
      entry.refused_by = answer.error.reason;
    }
    const bool ok = entry.answer != nullptr;
    done->push_back(std::move(entry));
    if (!ok) return;
    server::MutexLock lock(&mutex_);
    ++answers_;
    answered_.SignalAll();
  }
}

void Writers::AwaitAnswers(int count) {
  server::MutexLock lock(&mutex_);
  const int wanted = answers_ + count;
  while (answers_ < wanted) answered_.Wait(&mutex_);
}

void Writers::Wait(absl::Duration time) {
  const absl::Time until = absl::Now() + time;
  server::MutexLock lock(&mutex_);
  for (;;) {
    const absl::Duration left = until - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    answered_.WaitFor(&mutex_, left);
  }
}

void Writers::Check(const WireCaller& wire, Entry* entry) const {
  Answer again = Send(wire, *entry);
  ASSERT_TRUE(again.ok()) << entry->request->ShortDebugString() << ": "
                          << again.error.message;
  const bool replayed = Unmark(again.message.get());
  if (entry->answer == nullptr) {
    if (entry->refused_by == v1::ERROR_REASON_DRAINING ||
        entry->refused_by == v1::ERROR_REASON_STORE_UNAVAILABLE) {
      EXPECT_FALSE(replayed) << "refused as not applied, yet it was: "
                             << entry->request->ShortDebugString();
    }
    // Applied before or now, and never a second time.
    entry->answer = std::move(again.message);
    return Check(wire, entry);
  }
  EXPECT_TRUE(replayed) << entry->request->ShortDebugString();
  EXPECT_TRUE(MessageDifferencer::Equals(*again.message, *entry->answer))
      << again.message->ShortDebugString() << "\nis not\n"
      << entry->answer->ShortDebugString();
  entry->checked = true;
}

void Writers::CheckNew(const WireCaller& wire) {
  for (Entry& entry : book_) {
    if (entry.checked) continue;
    ASSERT_NO_FATAL_FAILURE(Check(wire, &entry));
  }
}

void Writers::CheckAll(const WireCaller& wire) {
  std::map<std::int64_t, int> revisions;
  for (Entry& entry : book_) {
    ASSERT_NO_FATAL_FAILURE(Check(wire, &entry));
    ++revisions[ResultOf(entry.answer.get())->revision().number()];
  }
  const Answer status =
      wire.Call(*WireCaller::FindMethod("AdminService.GetStatus"),
                v1::GetStatusRequest::default_instance(), kOperator);
  ASSERT_TRUE(status.ok()) << status.error.message;
  const std::int64_t head =
      static_cast<const v1::GetStatusResponse&>(*status.message)
          .programs(0)
          .revision()
          .number();
  EXPECT_EQ(static_cast<std::int64_t>(revisions.size()), head - 1);
  EXPECT_EQ(revisions.begin()->first, 2);
  EXPECT_EQ(revisions.rbegin()->first, head);
  for (const auto& [revision, count] : revisions) {
    EXPECT_EQ(count, 1) << "revision " << revision;
  }
}

}  // namespace partner::test
