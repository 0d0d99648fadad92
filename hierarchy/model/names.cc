#include "hierarchy/model/names.h"

#include "absl/strings/str_cat.h"

namespace partner::hierarchy {
namespace {

constexpr absl::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

// `{}` stands for a variable segment; the first one is the program.
struct Pattern {
  Kind kind;
  absl::string_view collection;
  absl::string_view text;
};

constexpr Pattern kPatterns[] = {
    {Kind::kProgram, "programs", "programs/{program}"},
    {Kind::kPolicy, "policy", "programs/{program}/policy"},
    {Kind::kPartner, "partners", "programs/{program}/partners/{partner}"},
    {Kind::kPartnership, "partnerships",
     "programs/{program}/partnerships/{partnership}"},
    {Kind::kCustomer, "customers", "programs/{program}/customers/{customer}"},
    {Kind::kInvitation, "invitations",
     "programs/{program}/partners/{issuer}/invitations/{invitation}"},
    {Kind::kInvitationForward, "forwards",
     "programs/{program}/partners/{issuer}/invitations/{invitation}/forwards/"
     "{forward}"},
    {Kind::kInvitationAcceptance, "acceptances",
     "programs/{program}/partners/{issuer}/invitations/{invitation}/"
     "acceptances/{acceptance}"},
    {Kind::kResellerRelationship, "resellerRelationships",
     "programs/{program}/customers/{customer}/resellerRelationships/{id}"},
    {Kind::kAdminRelationship, "adminRelationships",
     "programs/{program}/customers/{customer}/adminRelationships/{id}"},
    {Kind::kService, "services", "programs/{program}/services/{service}"},
    {Kind::kRole, "roles", "programs/{program}/roles/{role}"},
    {Kind::kPolicyEdition, "policyEditions",
     "programs/{program}/policyEditions/{edition}"},
};

const Pattern* PatternFor(Kind kind) {
  for (const Pattern& pattern : kPatterns) {
    if (pattern.kind == kind) return &pattern;
  }
  return nullptr;
}

bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

bool IsVariable(absl::string_view segment) {
  return !segment.empty() && segment.front() == '{';
}

// Cuts the first segment off `rest`; false when there is none. Every caller's
// name is read so, with every call: nothing is allocated.
bool NextSegment(std::optional<absl::string_view>* rest,
                 absl::string_view* segment) {
  if (!*rest) return false;
  const auto slash = (*rest)->find('/');
  *segment = (*rest)->substr(0, slash);
  if (slash == absl::string_view::npos) {
    rest->reset();
  } else {
    (*rest)->remove_prefix(slash + 1);
  }
  return true;
}

// Whether the name has the pattern's fixed words in their places.
bool Fits(const Pattern& pattern, absl::string_view name) {
  std::optional<absl::string_view> words = pattern.text;
  std::optional<absl::string_view> segments = name;
  absl::string_view word;
  absl::string_view segment;
  while (NextSegment(&words, &word)) {
    if (!NextSegment(&segments, &segment)) return false;
    if (!IsVariable(word) && word != segment) return false;
  }
  return !segments;
}

}  // namespace

bool IsValidId(absl::string_view id) {
  if (id.empty() || id.size() > kIdBytesMax || !IsAlnum(id.front())) {
    return false;
  }
  for (char c : id) {
    if (!IsAlnum(c) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

std::optional<ResourceName> ParseName(absl::string_view name,
                                      bool allow_wildcard) {
  if (name.size() > 512) return std::nullopt;
  for (const Pattern& pattern : kPatterns) {
    if (!Fits(pattern, name)) continue;
    ResourceName parsed;
    parsed.kind = pattern.kind;
    std::optional<absl::string_view> words = pattern.text;
    std::optional<absl::string_view> segments = name;
    absl::string_view word;
    absl::string_view segment;
    std::size_t variable = 0;
    while (NextSegment(&words, &word) && NextSegment(&segments, &segment)) {
      if (!IsVariable(word)) continue;
      const bool wildcard = allow_wildcard && variable > 0 && segment == "-";
      if (!wildcard && !IsValidId(segment)) return std::nullopt;
      if (variable == 0) {
        parsed.program = std::string(segment);
      } else {
        parsed.ids[variable - 1] = std::string(segment);
      }
      ++variable;
    }
    return parsed;
  }
  return std::nullopt;
}

std::optional<ResourceName> ParseNameOf(Kind kind, absl::string_view name) {
  std::optional<ResourceName> parsed = ParseName(name);
  if (!parsed || parsed->kind != kind) return std::nullopt;
  return parsed;
}

Kind KindOfName(absl::string_view name) {
  for (const Pattern& pattern : kPatterns) {
    if (Fits(pattern, name)) return pattern.kind;
  }
  return Kind::kNone;
}

absl::string_view ProgramOf(absl::string_view name) {
  constexpr absl::string_view kPrefix = "programs/";
  if (name.substr(0, kPrefix.size()) != kPrefix) return {};
  name.remove_prefix(kPrefix.size());
  return name.substr(0, name.find('/'));
}

absl::string_view LastId(absl::string_view name) {
  const auto slash = name.rfind('/');
  return slash == absl::string_view::npos ? name : name.substr(slash + 1);
}

absl::string_view ParentOf(absl::string_view name) {
  auto slash = name.rfind('/');
  if (slash == absl::string_view::npos || slash == 0) return {};
  slash = name.rfind('/', slash - 1);
  return slash == absl::string_view::npos ? absl::string_view()
                                          : name.substr(0, slash);
}

absl::string_view PatternOf(Kind kind) {
  const Pattern* pattern = PatternFor(kind);
  return pattern == nullptr ? absl::string_view() : pattern->text;
}

absl::string_view CollectionOf(Kind kind) {
  const Pattern* pattern = PatternFor(kind);
  return pattern == nullptr ? absl::string_view() : pattern->collection;
}

std::string ProgramName(absl::string_view program) {
  return absl::StrCat("programs/", program);
}

std::string PartnerName(absl::string_view program, absl::string_view id) {
  return absl::StrCat("programs/", program, "/partners/", id);
}

std::string CustomerName(absl::string_view program, absl::string_view id) {
  return absl::StrCat("programs/", program, "/customers/", id);
}

std::string PolicyName(absl::string_view program) {
  return absl::StrCat("programs/", program, "/policy");
}

std::string ChildName(absl::string_view parent, Kind kind,
                      absl::string_view id) {
  return absl::StrCat(parent, "/", CollectionOf(kind), "/", id);
}

std::string EncodeId(std::uint64_t id) {
  std::string text(kServerIdBytes, '0');
  for (std::size_t i = kServerIdBytes; i-- > 0; id >>= 5) {
    text[i] = kAlphabet[id & 31];
  }
  return text;
}

std::optional<std::uint64_t> DecodeId(absl::string_view text) {
  if (text.size() != kServerIdBytes || text.front() > 'f') return std::nullopt;
  std::uint64_t id = 0;
  for (char c : text) {
    const auto digit = kAlphabet.find(c);
    if (digit == absl::string_view::npos) return std::nullopt;
    id = id << 5 | digit;
  }
  return id;
}

}  // namespace partner::hierarchy
