// A store whose write-ahead log is cut or spoilt, as a disk that lies leaves
// it: it opens with a prefix of its history, all that the log still tells, or
// says in one line that it is damaged.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/server/ledger_fixture.h"
#include "tests/server/random_commands.h"
#include "tests/storage/fault_vfs.h"
#include "tests/support/seed.h"

namespace partner::server {
namespace {

using testing::IsEmpty;

// SQLite's format: a header, and frames of a header and a page each.
constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::size_t kFrame = kFrameHeader + 4096;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kStride = 17;
constexpr int kDrawn = 30;
#else
constexpr std::size_t kStride = 1;
constexpr int kDrawn = 300;
#endif

std::string Contents(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void Put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class TornLog : public LedgerTest {
 protected:
  // What the store held after a commit.
  struct Mark {
    std::int64_t revision = 0;
    std::string hash;
    std::vector<std::string> lines;
  };

  // The layer's syncs cost nothing.
  TornLog() {
    FaultVfs::Get().Reset();
    sqlite_.vfs = FaultVfs::kName;
  }

  // Starts a store, whose log is copied into the file whenever it has so many
  // pages, and writes groups of commands until `full` says so of the log; keeps
  // what its files are then.
  void Write(int checkpoint_pages, const std::function<bool()>& full);
  void WriteGroup();
  std::size_t LogSize() const {
    return static_cast<std::size_t>(
        std::filesystem::file_size(absl::StrCat(sqlite_.path, "-wal")));
  }
  // The last commit that the first `bytes` of the log hold whole.
  const Mark& MarkAt(std::size_t bytes) const {
    return std::prev(by_size_.upper_bound(bytes))->second;
  }
  std::size_t Draw(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  // A copy of the files with this log.
  void PutCopy(const std::string& log);
  // The copy opens, is what it was at `mark`, and goes on from there.
  void ExpectOpensAt(const Mark& mark);

  RandomCommands::Random random_{test::Seed()};
  RandomCommands commands_;
  // By the size of the log after each commit.
  std::map<std::size_t, Mark> by_size_;
  std::string file_;
  std::string log_;
};

void TornLog::WriteGroup() {
  std::vector<std::future<Outcome>> outcomes;
  {
    Hold hold(this);
    for (std::size_t i = 0; i <= Draw(6); ++i) {
      const RandomCommand command = commands_.Make(random_);
      outcomes.push_back(Start(*command.request, command.principal));
    }
  }
  for (std::future<Outcome>& future : outcomes) {
    const Outcome outcome = future.get();
    if (outcome.ok()) commands_.Learn(*outcome.response);
  }
  const std::int64_t visible = engine_->visible();
  by_size_[LogSize()] = {visible, ToHex(engine_->state_hash()),
                         Describe(visible)};
}

void TornLog::Write(int checkpoint_pages, const std::function<bool()>& full) {
  sqlite_.checkpoint_pages = checkpoint_pages;
  Open();
  for (const RandomCommand& command : RandomCommands::Founding()) {
    const Outcome outcome = Run(*command.request, command.principal);
    ASSERT_TRUE(outcome.ok());
    commands_.Learn(*outcome.response);
  }
  // From here on the file holds what was, and the log what comes.
  Open();
  by_size_[0] = {engine_->visible(), ToHex(engine_->state_hash()),
                 Describe(engine_->visible())};
  for (int i = 0; !full(); ++i) {
    ASSERT_LT(i, 10000);
    WriteGroup();
  }
  // Nothing is under way: the engine has answered all.
  file_ = Contents(sqlite_.path);
  log_ = Contents(absl::StrCat(sqlite_.path, "-wal"));
  Close();
  sqlite_.path = directory_.File("copy.db");
  sqlite_.create = false;
}

void TornLog::PutCopy(const std::string& log) {
  Close();
  std::filesystem::remove(absl::StrCat(sqlite_.path, "-shm"));
  Put(sqlite_.path, file_);
  Put(absl::StrCat(sqlite_.path, "-wal"), log);
}

void TornLog::ExpectOpensAt(const Mark& mark) {
  Open();
  if (HasFatalFailure()) return;
  EXPECT_EQ(engine_->visible(), mark.revision);
  EXPECT_EQ(ToHex(engine_->state_hash()), mark.hash);
  EXPECT_EQ(Describe(engine_->visible()), mark.lines);
  EXPECT_EQ(MustRun(CreateProvider("torn")), mark.revision + 1);
  const std::string hash = ToHex(engine_->state_hash());
  // Nothing that was cut off comes back.
  EXPECT_THAT(Verify(), IsEmpty());
  Open();
  if (HasFatalFailure()) return;
  EXPECT_EQ(engine_->visible(), mark.revision + 1);
  EXPECT_EQ(ToHex(engine_->state_hash()), hash);
}

TEST_F(TornLog, CutAnywhereIsAPrefix) {
  Write(/*checkpoint_pages=*/100000,
        [this] { return LogSize() > 250 * kFrame; });
  ASSERT_FALSE(HasFailure());
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size <= log_.size();
       size += size == 0 ? kLogHeader : kStride * kFrame) {
    sizes.push_back(size);
  }
  const std::size_t boundaries = sizes.size();
  for (int i = 0; i < kDrawn; ++i) sizes.push_back(Draw(log_.size()));
  for (const std::size_t size : sizes) {
    SCOPED_TRACE(absl::StrCat("cut at ", size));
    PutCopy(log_.substr(0, size));
    ExpectOpensAt(MarkAt(size));
    ASSERT_FALSE(HasFailure());
  }
  std::printf("%zu commits, cut at %zu ends of frames and %d other places\n",
              by_size_.size(), boundaries, kDrawn);
}

TEST_F(TornLog, FlippedByteEndsTheHistoryThere) {
  Write(/*checkpoint_pages=*/100000,
        [this] { return LogSize() > 250 * kFrame; });
  ASSERT_FALSE(HasFailure());
  std::vector<std::size_t> places;
  // The log's header, the last frame's header, and anywhere in the tail.
  for (std::size_t i = 0; i < kLogHeader; i += kStride) places.push_back(i);
  for (std::size_t i = 0; i < kFrameHeader; i += kStride) {
    places.push_back(log_.size() - kFrame + i);
  }
  for (int i = 0; i < kDrawn; ++i) {
    places.push_back(log_.size() - 1 - Draw(100 * kFrame));
  }
  for (const std::size_t place : places) {
    SCOPED_TRACE(absl::StrCat("flipped at ", place));
    std::string log = log_;
    log[place] = static_cast<char>(log[place] ^ (1 << Draw(8)));
    PutCopy(log);
    const std::size_t sound =
        place < kLogHeader
            ? 0
            : kLogHeader + (place - kLogHeader) / kFrame * kFrame;
    ExpectOpensAt(MarkAt(sound));
    ASSERT_FALSE(HasFailure());
  }
  std::printf("%zu commits, %zu places\n", by_size_.size(), places.size());
}

// A disk that lost what it had said was durable: the file has what was copied
// from the log, and the log has not. Either the start refuses the store, or
// what it serves is a prefix; what else is wrong then, verify says.
TEST_F(TornLog, CutBelowWhatWasCopiedIsAPrefixOrRefused) {
  constexpr int kPages = 60;
  // The commit that fills the log copies it.
  Write(kPages, [&] { return LogSize() >= kLogHeader + kPages * kFrame; });
  ASSERT_FALSE(HasFailure());
  int sound = 0;
  int verified = 0;
  int refused = 0;
  for (std::size_t size = 0; size <= log_.size();
       size += size == 0 ? kLogHeader : kFrame) {
    SCOPED_TRACE(absl::StrCat("cut at ", size));
    PutCopy(log_.substr(0, size));
    const absl::Status status = TryOpen();
    std::vector<std::string> problems;
    if (!status.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(status)) << status;
      problems.emplace_back(status.message());
      ++refused;
    } else {
      const std::int64_t visible = engine_->visible();
      const auto mark = std::find_if(
          by_size_.begin(), by_size_.end(),
          [&](const auto& item) { return item.second.revision == visible; });
      ASSERT_NE(mark, by_size_.end()) << visible;
      EXPECT_EQ(ToHex(engine_->state_hash()), mark->second.hash);
      EXPECT_EQ(Describe(visible), mark->second.lines);
      problems = Verify();
      problems.empty() ? ++sound : ++verified;
    }
    for (const std::string& problem : problems) {
      EXPECT_FALSE(absl::StrContains(problem, "\n")) << problem;
    }
  }
  std::printf(
      "%d prefixes, %d more that verify refuses, %d that do not start\n", sound,
      verified, refused);
  EXPECT_GT(refused, 0);
  EXPECT_GT(sound, 0);
}

}  // namespace
}  // namespace partner::server
