#ifndef PARTNER_TESTS_BENCH_TASKS_H_
#define PARTNER_TESTS_BENCH_TASKS_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

// What partner_bench does; bench.py runs it, one process for each task, and
// compares what they say.
namespace partner::bench {

// `name=value` words.
class Arguments {
 public:
  void Add(const std::string& word);
  // Each ends the process when the value is missing or no number.
  std::string Text(const std::string& name) const;
  std::int64_t Number(const std::string& name) const;
  double Seconds(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

// Makes the store of a data directory: partners, one invitation passed on by
// every reseller, `customers` that accepted it, then `rewrites` more versions
// of every document.
int MakeStore(const Arguments& arguments);
// A server that answers every call with its own bytes, or with a prepared
// answer, until its input ends.
int Echo(const Arguments& arguments);
// Sends calls as the lines of its input say, and prints what it saw.
int Load(const Arguments& arguments);
// Writes rows with plain SQLite as the lines of its input say.
int RawSqlite(const Arguments& arguments);
// Checks without a server.
int InProcess(const Arguments& arguments);
// Reads name and body of every live row with plain SQLite.
int Scan(const Arguments& arguments);

// One line of JSON on standard output.
void Print(const nlohmann::json& line);
// The next line of the input as words; false at its end.
bool ReadLine(Arguments* arguments);

}  // namespace partner::bench

#endif  // PARTNER_TESTS_BENCH_TASKS_H_
