import MayflyCore
import Yams

/// A YAML text as nodes that know their line and column.
///
/// The parser stops at the first mapping that has a key twice. So that everything is reported in one go, the
/// first of the two is given another name in the text (which moves nothing), the text is parsed again, and the
/// key's real name is kept in `renamed`.
struct YAMLTree {
    struct Position: Hashable {
        var line: Int
        var column: Int
    }

    /// Real names of keys that were renamed, by where they stand.
    typealias Renamed = [Position: String]

    /// More duplicates than this, and only these are reported.
    private static let mostDuplicates = 64

    let field: Field

    /// - Returns: nil when the text has no tree; `problems` says why.
    init?(text: String, problems: ProblemList) {
        let aliases = AliasScan.findings(in: text)
        for alias in aliases {
            problems.error(
                line: alias.line, column: alias.column, key: "", "anchors and aliases are not taken",
                fix: "write the value out, or quote it if it begins with & or *")
        }
        guard aliases.isEmpty, !NestingScan.isTooDeep(text, problems) else { return nil }
        var scalars = Array(text.unicodeScalars)
        var renamed: Renamed = [:]
        while true {
            do {
                var altered = ""
                altered.unicodeScalars.append(contentsOf: scalars)
                let root = try Parser(yaml: altered, encoding: .utf8).singleRoot()
                guard let root, !root.isNothing else {
                    problems.error(
                        line: 1, column: 1, key: "", "the file is empty",
                        fix: "begin with the commented sample, Config/mayfly.yaml")
                    return nil
                }
                field = Field(path: "", node: root, problems: problems, renamed: renamed)
                return
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let position = Position(line: context.mark.line, column: context.mark.column)
                guard renamed.count < Self.mostDuplicates, let name = names.first, renamed[position] == nil,
                    Self.rename(at: position, in: &scalars, number: renamed.count)
                else {
                    problems.error(
                        line: position.line, column: position.column, key: "",
                        "a key is given twice", fix: "keep one")
                    return nil
                }
                renamed[position] = name
            } catch {
                Self.report(error, text: text, problems: problems)
                return nil
            }
        }
    }

    /// Puts a character of the private use area in place of the first one of the key at `position`.
    private static func rename(
        at position: Position, in scalars: inout [Unicode.Scalar], number: Int
    ) -> Bool {
        var line = 1
        var column = 1
        for index in scalars.indices {
            if line == position.line, column == position.column {
                let isQuote = scalars[index] == "\"" || scalars[index] == "'"
                let first = isQuote ? index + 1 : index
                guard scalars.indices.contains(first), let mark = Unicode.Scalar(0xE000 + UInt32(number))
                else {
                    return false
                }
                scalars[first] = mark
                return true
            }
            let isHalfBreak =
                scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            if !isHalfBreak, Character(scalars[index]).isNewline {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return false
    }

    private static func report(_ error: any Error, text: String, problems: ProblemList) {
        func add(_ mark: Mark, _ problem: String, _ context: YamlError.Context?) {
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let line = lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : ""
            let isTab = line.prefix { $0.isWhitespace }.contains("\t")
            problems.error(
                line: mark.line, column: mark.column, key: "",
                "not YAML: " + problem + (context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""),
                fix: isTab ? "indent with spaces, not tabs" : "check indentation, quotes and colons here")
        }
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _):
            add(mark, problem, context)
        case YamlError.composer(_, let problem, let mark, _):
            add(mark, problem, nil)
        case YamlError.reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.filter(\.isNewline).count + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            problems.error(
                line: line, column: column, key: "", "not YAML: \(problem)",
                fix: "remove the control character")
        default:
            problems.error(line: 0, column: 0, key: "", "not YAML", fix: nil)
        }
    }
}

extension Node {
    /// What stands where a value was left out.
    var isNothing: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
