#include "tests/model/shrink.h"

#include <algorithm>
#include <utility>

namespace partner::model {
namespace {

std::vector<Command> Without(const std::vector<Command>& commands,
                             std::size_t begin, std::size_t size) {
  return Only(commands,
              [&](std::size_t at) { return at < begin || at >= begin + size; });
}

}  // namespace

std::vector<Command> Only(const std::vector<Command>& commands,
                          const std::function<bool(std::size_t)>& keep) {
  std::vector<Command> rest;
  absl::Duration waited;
  for (std::size_t at = 0; at < commands.size(); ++at) {
    if (!keep(at)) {
      waited += commands[at].advance;
      continue;
    }
    rest.push_back(commands[at]);
    rest.back().advance += waited;
    waited = absl::ZeroDuration();
  }
  return rest;
}

std::vector<Command> Shrink(std::vector<Command> commands,
                            const StillFails& fails, int tries) {
  std::size_t size = std::max<std::size_t>(commands.size() / 2, 1);
  while (tries > 0) {
    bool shorter = false;
    // From the end: what comes late depends on what comes early.
    for (std::size_t end = commands.size(); end > 0 && tries > 0;) {
      const std::size_t begin = end > size ? end - size : 0;
      std::vector<Command> rest = Without(commands, begin, end - begin);
      --tries;
      if (fails(rest)) {
        commands = std::move(rest);
        shorter = true;
      }
      end = begin;
    }
    if (size == 1 && !shorter) break;
    size = std::max<std::size_t>(std::min(size / 2, commands.size()), 1);
  }
  return commands;
}

}  // namespace partner::model
