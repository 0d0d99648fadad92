#include "tests/hostile/hostile_fixture.h"

#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/crash/requests.h"

namespace partner::test {
namespace {

std::vector<std::string> WithProgram(const std::vector<std::string>& flags) {
  std::vector<std::string> all = {"--programs", "global"};
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

}  // namespace

HostileTest::HostileTest(const std::vector<std::string>& flags)
    : server_({.program = PARTNERD_PATH, .flags = WithProgram(flags)}) {}

void HostileTest::SetUp() {
  ASSERT_TRUE(server_.Start().ok()) << server_.Log();
  bystander_ = std::make_unique<WireCaller>(server_.address());
  ExpectServed();
}

void HostileTest::TearDown() {
  if (bystander_ == nullptr) return;
  ExpectServed();
  EXPECT_EQ(StatusOverNewConnection(), 0);
  EXPECT_EQ(server_.Terminate(kPatience), 0) << server_.Log();
}

std::unique_ptr<RawConnection> HostileTest::Greeted() {
  auto connection = RawConnection::Connect(server_.address());
  if (connection == nullptr || !connection->Greet()) return nullptr;
  return connection;
}

int HostileTest::StatusOverNewConnection(absl::Duration limit) {
  const auto connection = Greeted();
  if (connection == nullptr) return -1;
  connection->SendCall(1, kStatusPath, "");
  if (!connection->AwaitEnd(1, limit)) return -1;
  return connection->answer(1).status();
}

void HostileTest::MakePartners(int count) const {
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  for (int first = 0; first < kThreads; ++first) {
    threads.emplace_back([this, first, count] {
      for (int i = first; i < count; i += kThreads) {
        EXPECT_TRUE(CreatePartner(*bystander_, i).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

bool HostileTest::IsServed() {
  return bystander_
      ->Call(*WireCaller::FindMethod("AdminService.GetStatus"), "",
             {"operators/bystander", false})
      .ok();
}

void HostileTest::ExpectServed() { EXPECT_TRUE(IsServed()) << server_.Log(); }

std::int64_t HostileTest::ResidentBytes() const {
  std::istringstream statm(
      ReadFile(absl::StrCat("/proc/", server_.pid(), "/statm")));
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

}  // namespace partner::test
