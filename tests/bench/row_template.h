#ifndef PARTNER_TESTS_BENCH_ROW_TEMPLATE_H_
#define PARTNER_TESTS_BENCH_ROW_TEMPLATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/storage/store.h"

namespace partner::bench {

// What one command made the engine write, to be written again and again for
// other customers: the same rows of the same sizes, without deciding anything.
class RowTemplate {
 public:
  // `written` is what the command of customer `number` wrote.
  RowTemplate(server::NewRevision written, std::uint64_t number);
  RowTemplate(const RowTemplate&) = delete;
  RowTemplate& operator=(const RowTemplate&) = delete;

  // The rows of another customer's command, with a request id of its own; valid
  // until the next call.
  const server::NewRevision& For(std::uint64_t number);

  // Whether every such command writes this document, rather than one of its
  // own.
  bool IsShared(const server::DocumentWrite& document) const;

 private:
  // Where a text that differs from command to command stands.
  struct Place {
    std::string* text;
    std::size_t offset;
    std::size_t part;
  };

  static std::vector<std::string> PartsOf(std::uint64_t number,
                                          std::string request_id);
  void FindParts(std::string* text);

  server::NewRevision rows_;
  // As they stand in `rows_` now.
  std::vector<std::string> parts_;
  std::vector<Place> places_;
};

}  // namespace partner::bench

#endif  // PARTNER_TESTS_BENCH_ROW_TEMPLATE_H_
