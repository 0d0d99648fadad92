// partner_bench TASK NAME=VALUE...
#include <cstdio>
#include <iostream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/ledger.h"
#include "tests/bench/tasks.h"

namespace partner::bench {

void Arguments::Add(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) Die(word, "not name=value");
  values_[word.substr(0, equals)] = word.substr(equals + 1);
}

std::string Arguments::Text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) Die(name, "missing");
  return found->second;
}

std::int64_t Arguments::Number(const std::string& name) const {
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(Text(name), &number)) Die(name, "not a number");
  return number;
}

double Arguments::Seconds(const std::string& name) const {
  double number = 0;
  if (!absl::SimpleAtod(Text(name), &number)) Die(name, "not a number");
  return number;
}

void Print(const nlohmann::json& line) {
  std::cout << line.dump() << std::endl;
}

bool ReadLine(Arguments* arguments) {
  std::string line;
  if (!std::getline(std::cin, line)) return false;
  *arguments = Arguments();
  std::istringstream words(line);
  for (std::string word; words >> word;) arguments->Add(word);
  return true;
}

namespace {

struct Task {
  const char* name;
  int (*run)(const Arguments& arguments);
};

int Main(int argc, char** argv) {
  constexpr Task kTasks[] = {{"make", &MakeStore},  {"echo", &Echo},
                             {"load", &Load},       {"raw", &RawSqlite},
                             {"check", &InProcess}, {"scan", &Scan}};
  Arguments arguments;
  for (int i = 2; i < argc; ++i) arguments.Add(argv[i]);
  for (const Task& task : kTasks) {
    if (argc > 1 && argv[1] == std::string(task.name)) {
      return task.run(arguments);
    }
  }
  Die("usage", "partner_bench make|echo|load|raw|check|scan NAME=VALUE...");
}

}  // namespace
}  // namespace partner::bench

int main(int argc, char** argv) { return partner::bench::Main(argc, argv); }
