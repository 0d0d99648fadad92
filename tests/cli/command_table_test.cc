// Goal: the command line reaches every RPC of the contract and every row of its
// table is sound. Method: the descriptors of all services, and the .proto files
// themselves so that no service is forgotten.

#include "client/cli/command_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "client/cli/request.h"
#include "google/protobuf/descriptor.h"

namespace partner::client {
namespace {

using testing::IsEmpty;
using testing::Not;

TEST(CommandTable, ReachesEveryMethodOfEveryService) {
  std::set<std::string> reached = {"AccessService.ExplainAccess"};
  for (const Command& command : Commands()) reached.insert(command.method);
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string name =
          service->name() + "." + service->method(i)->name();
      EXPECT_EQ(reached.count(name), 1U) << name << " has no command";
    }
  }
}

TEST(CommandTable, KnowsEveryServiceFile) {
  std::set<std::string> known;
  for (const auto* service : Services()) known.insert(service->file()->name());
  const std::filesystem::path root =
      std::filesystem::path(PARTNER_SOURCE_DIR) / "protos";
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(root)) {
    const std::string file =
        std::filesystem::relative(entry.path(), root).string();
    if (!absl::EndsWith(file, "_service.proto")) continue;
    EXPECT_EQ(known.count(file), 1U) << file << " is not in services.cc";
  }
}

TEST(CommandTable, EveryRowIsSound) {
  std::set<std::string> paths;
  for (const Command& command : Commands()) {
    SCOPED_TRACE(command.path);
    EXPECT_TRUE(paths.insert(command.path).second) << "twice";
    ASSERT_NE(FindMethod(command.method), nullptr) << command.method;
    EXPECT_THAT(command.help, Not(IsEmpty()));
    EXPECT_THAT(command.examples, Not(IsEmpty()));
    for (const std::string& example : command.examples) {
      EXPECT_THAT(example, testing::HasSubstr(
                               command.path.substr(0, command.path.find(' '))));
    }
    for (const Argument& argument : ArgumentsOf(command)) {
      SCOPED_TRACE(argument.word);
      EXPECT_THAT(argument.help, Not(IsEmpty()));
      if (argument.field.empty()) continue;
      EXPECT_NE(FieldOf(command, argument), nullptr) << argument.field;
    }
  }
}

TEST(CommandTable, EveryNounHasHelp) {
  for (const Command& command : Commands()) {
    const std::size_t space = command.path.find(' ');
    if (space == std::string::npos) continue;
    EXPECT_THAT(HelpOfNoun(command.path.substr(0, space)), Not(IsEmpty()))
        << command.path;
  }
}

}  // namespace
}  // namespace partner::client
