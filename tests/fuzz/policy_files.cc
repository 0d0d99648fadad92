// Policy files: refused with a line for people, or every question an edition
// answers can be asked.
#include <cstddef>
#include <cstdint>
#include <string>

#include "hierarchy/model/graph.h"
#include "hierarchy/policy/policy.h"
#include "hierarchy/policy/standing.h"
#include "tests/fuzz/input.h"

namespace partner::hierarchy {
namespace {

using test::Must;

void Ask(const Edition& edition) {
  for (const std::string& service :
       edition.ServiceNames(edition.all_services())) {
    const auto index = edition.ServiceIndex(service);
    Must(index && (edition.all_services() >> *index & 1) == 1,
         "a service of an edition is found by its name");
  }
  for (const v1::Role& role : edition.data().roles()) {
    for (const std::string& permission : role.permissions()) {
      Must(edition.HoldersOf(permission) != nullptr,
           "a permission of a role is known");
      Must(!Edition::IsCommercial(permission),
           "administrative permissions are never commercial");
    }
  }
  Graph::PartnerFact fact;
  for (int type = 0; type < Graph::kEnrollmentTypes; ++type) {
    const auto enrollment = static_cast<v1::EnrollmentType>(type);
    edition.MayIssueInvitations(enrollment);
    edition.MayBeDelegate(enrollment);
    edition.IsProgramme(enrollment);
  }
  Must(!EverInProgramme(edition, fact),
       "who never enrolled is not in the programme");
  MayBecomeDelegate(edition, fact);
}

void Run(const std::string& text) {
  auto files = PolicyLibrary::EmbeddedFiles();
  files.emplace_back("fuzz.textproto", text);
  const auto library = PolicyLibrary::Load(files);
  if (!library.ok()) {
    Must(absl::IsInvalidArgument(library.status()),
         "a policy file is refused as a policy file");
    return;
  }
  for (const std::string& program : (*library)->programs()) {
    Must((*library)->CatalogueOf(program) != nullptr,
         "every program has a catalogue");
    (*library)->DisplayNameOf(program);
    const Edition* first = (*library)->DefaultOf(program);
    Must(first != nullptr, "every program has a default edition");
    Must((*library)->Find(program, first->id()) == first,
         "an edition is found by its id");
    for (const Edition* edition : (*library)->EditionsOf(program)) {
      Ask(*edition);
    }
  }
}

}  // namespace
}  // namespace partner::hierarchy

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  partner::hierarchy::Run(
      std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
