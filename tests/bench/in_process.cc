#include <sqlite3.h>
#include <time.h>

#include <chrono>
#include <random>
#include <vector>

#include "absl/types/span.h"
#include "hierarchy/access/access.h"
#include "tests/bench/ledger.h"
#include "tests/bench/population.h"
#include "tests/bench/tasks.h"

namespace partner::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Questions made between two looks at the clock.
constexpr int kChunk = 512;

double SecondsSince(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Of this thread: what others do on the machine counts less.
double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

// Checks under one hold of the lock, as a batch has them.
constexpr int kTogether = 64;

// Answers questions one by one, or as a batch does: memory is asked in advance
// for what a whole group will read. The CPU seconds it took.
double Check(const hierarchy::AccessView& view,
             const std::vector<Question>& questions, bool together) {
  const hierarchy::Principal caller = OperatorPrincipal();
  std::vector<const hierarchy::v1::AccessQuery*> queries;
  queries.reserve(questions.size());
  for (const Question& question : questions) queries.push_back(&question.query);
  const absl::Span<const hierarchy::v1::AccessQuery* const> all(queries);
  std::vector<hierarchy::Parties> parties;
  hierarchy::v1::AccessDecision decision;
  int right = 0;
  const double start = CpuSeconds();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (together && i % kTogether == 0) {
      parties = hierarchy::FindParties(view, all.subspan(i, kTogether));
    }
    const auto query =
        together ? hierarchy::Resolve(view, caller, questions[i].query,
                                      parties[i % kTogether])
                 : hierarchy::Resolve(view, caller, questions[i].query);
    decision.Clear();
    hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(query),
                     &decision);
    right += (decision.verdict() == hierarchy::v1::ACCESS_VERDICT_ALLOWED) ==
             questions[i].allowed;
  }
  const double seconds = CpuSeconds() - start;
  if (right != kChunk) Die("check", "a wrong answer");
  return seconds;
}

}  // namespace

int InProcess(const Arguments& arguments) {
  server::SystemClock clock;
  Ledger ledger(StorePath(arguments.Text("dir")), &clock);
  const server::Engine& engine = ledger.engine();
  const auto customers =
      static_cast<std::uint64_t>(arguments.Number("customers"));
  std::mt19937_64 random(static_cast<std::uint64_t>(arguments.Number("seed")));
  const std::int64_t rounds = arguments.Number("rounds");
  const std::int64_t chunks = arguments.Number("checks") / kChunk;
  for (std::int64_t round = 0; round < rounds; ++round) {
    double alone = 0;
    double together = 0;
    for (std::int64_t i = 0; i < chunks; ++i) {
      std::vector<Question> questions(kChunk);
      for (Question& question : questions) {
        question = RandomQuestion(customers, random);
      }
      engine.ReadGraph(engine.visible(), [&](const hierarchy::Graph& graph) {
        const std::int64_t revision = engine.visible();
        const hierarchy::AccessView view{
            &graph, revision, engine.EditionAt(revision, clock.Now()).edition};
        (i % 2 == 0 ? alone : together) += Check(view, questions, i % 2 != 0);
      });
    }
    const double each = 1e9 / (static_cast<double>(chunks) / 2 * kChunk);
    Print({{"alone", alone * each}, {"together", together * each}});
  }
  return 0;
}

int Scan(const Arguments& arguments) {
  // By the order of the file, as the versions lie; the index says which count.
  constexpr char kScan[] =
      "SELECT name, body FROM versions WHERE seq IN (SELECT seq FROM live)";
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_open_v2(StorePath(arguments.Text("dir")).c_str(), &database,
                      SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
      sqlite3_exec(database, "PRAGMA cache_size=-65536", nullptr, nullptr,
                   nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(database, kScan, -1, &statement, nullptr) !=
          SQLITE_OK) {
    Die("scan", sqlite3_errmsg(database));
  }
  const auto start = SteadyClock::now();
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    ++rows;
    for (int column : {0, 1}) {
      sqlite3_column_blob(statement, column);
      bytes += sqlite3_column_bytes(statement, column);
    }
  }
  Print({{"rows", rows}, {"bytes", bytes}, {"seconds", SecondsSince(start)}});
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return 0;
}

}  // namespace partner::bench
