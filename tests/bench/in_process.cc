#include <sqlite3.h>
#include <time.h>

#include <array>
#include <chrono>
#include <random>

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

// Answers questions; the CPU seconds it took.
double Check(const hierarchy::AccessView& view,
             const std::array<Question, kChunk>& questions) {
  const hierarchy::Principal caller = OperatorPrincipal();
  int right = 0;
  const double start = CpuSeconds();
  for (const Question& question : questions) {
    const auto query = hierarchy::Resolve(view, caller, question.query);
    hierarchy::v1::AccessDecision decision;
    hierarchy::Check(view, std::get<hierarchy::ResolvedQuery>(query),
                     &decision);
    right += (decision.verdict() == hierarchy::v1::ACCESS_VERDICT_ALLOWED) ==
             question.allowed;
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
    double seconds = 0;
    for (std::int64_t i = 0; i < chunks; ++i) {
      std::array<Question, kChunk> questions;
      for (Question& question : questions) {
        question = RandomQuestion(customers, random);
      }
      engine.ReadGraph(engine.visible(), [&](const hierarchy::Graph& graph) {
        seconds +=
            Check({&graph, engine.visible(), engine.EditionAt(clock.Now())},
                  questions);
      });
    }
    Print({{"nanoseconds",
            seconds * 1e9 / static_cast<double>(chunks * kChunk)}});
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
