#include "client/cli/completion.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace partner::client {
namespace {

// The body both shells share. `words` are those before the cursor, without the
// program's name; it sets `candidates` to what may stand at the cursor. Only
// constructs that bash and zsh read alike.
std::string SharedBody(const WordTree& tree) {
  std::vector<std::string> with_value;
  std::string values;
  for (const auto& [option, known] : tree.values) {
    with_value.push_back(option);
    absl::StrAppend(&values, "    ", option, ") candidates='",
                    absl::StrJoin(known, " "), "' ;;\n");
  }
  std::vector<std::string> paths;
  std::string next;
  for (const auto& [path, words] : tree.next) {
    if (!path.empty()) paths.push_back(absl::StrCat("'", path, "'"));
    absl::StrAppend(&next, "    '", path, "') candidates='",
                    absl::StrJoin(words, " "), "' ;;\n");
  }
  return absl::StrCat(R"(  local word pending='' longer at='' candidates=''
  for word in "${words[@]}"; do
    if [[ -n $pending ]]; then pending=''; continue; fi
    case $word in
    )",
                      absl::StrJoin(with_value, "|"),
                      R"() pending=$word; continue ;;
    -*) continue ;;
    esac
    longer="${at:+$at }$word"
    case $longer in
    )",
                      absl::StrJoin(paths, "|"),
                      R"() at=$longer ;;
    esac
  done
  if [[ -n $pending ]]; then
    case $pending in
)",
                      values, R"(    esac
  else
    case $at in
)",
                      next, R"(    esac
  fi
)");
}

}  // namespace

std::string BashCompletion(const WordTree& tree) {
  return absl::StrCat(
      R"(# partnerctl completion for bash. Use it with:
#   source <(partnerctl completion bash)
_partnerctl() {
  local -a words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
)",
      SharedBody(tree),
      R"(  COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _partnerctl partnerctl
)");
}

std::string ZshCompletion(const WordTree& tree) {
  return absl::StrCat(
      R"(#compdef partnerctl
# partnerctl completion for zsh. Use it with:
#   partnerctl completion zsh > "${fpath[1]}/_partnerctl"
_partnerctl() {
  local -a typed
  typed=("${(@)words[2,CURRENT-1]}")
)",
      absl::StrReplaceAll(SharedBody(tree), {{"${words[@]}", "${typed[@]}"}}),
      R"(  if [[ -n $candidates ]]; then
    compadd -- ${=candidates}
  else
    _files
  fi
}
_partnerctl "$@"
)");
}

}  // namespace partner::client
