/// A small regular expression for a whole text, as rules have them for reasons and tickets.
///
///     try Pattern(parsing: "(OPS|INC)-[0-9]{1,6}").matches("OPS-4711")     // true
///
/// It takes literals, `.`, classes (`[a-z0-9_]`, `[^ ]`, `\d \w \s` and their opposites, ASCII), groups, `|`, and the
/// repetitions `* + ? {2} {2,} {2,5}`. It fits the whole text, so `^` and `$` are needed nowhere, and are taken at its
/// two ends only.
///
/// All ways through the pattern are followed at once (K. Thompson, Regular Expression Search Algorithm, 1968), not one
/// after the other: the time grows with the length of the text times that of the pattern, whatever somebody types in
/// as a reason. The engines that backtrack can be kept busy for years by one line.
package struct Pattern: Hashable, Sendable, CustomStringConvertible {
    package let source: String
    private let program: [PatternInstruction]

    /// - Throws: what is wrong with it.
    package init(parsing source: String) throws(PatternError) {
        self.source = source
        var parser = PatternParser(source)
        let tree = try parser.parse()
        program = try tree.program()
    }

    /// Whether it fits all of `text`, compared by Unicode scalars.
    package func matches(_ text: String) -> Bool {
        var current = closure(of: [0])
        for scalar in text.unicodeScalars {
            guard !current.isEmpty else { return false }
            var next: [Int] = []
            for state in current {
                if case .scalar(let wanted) = program[state], wanted.contains(scalar) {
                    next.append(state + 1)
                }
            }
            current = closure(of: next)
        }
        return current.contains { program[$0] == .match }
    }

    /// The states that are reached without reading anything, each once.
    private func closure(of start: [Int]) -> [Int] {
        var seen = [Bool](repeating: false, count: program.count)
        var open = start
        var found: [Int] = []
        while let state = open.popLast() {
            guard !seen[state] else { continue }
            seen[state] = true
            switch program[state] {
            case .scalar, .match: found.append(state)
            case .jump(let target): open.append(target)
            case .fork(let a, let b): open += [a, b]
            }
        }
        return found
    }

    package static func == (a: Pattern, b: Pattern) -> Bool { a.source == b.source }
    package func hash(into hasher: inout Hasher) { hasher.combine(source) }
    package var description: String { source }
}

/// What is wrong with a pattern; safe to show.
package struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

enum PatternInstruction: Hashable, Sendable {
    case scalar(PatternSet)
    case jump(Int)
    case fork(Int, Int)
    case match
}

/// Characters that a place in a pattern takes.
struct PatternSet: Hashable, Sendable {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    static let any = PatternSet(ranges: [], isNegated: true)

    /// `\d`, `\w`, `\s` and their opposites.
    static func escape(_ scalar: Unicode.Scalar) -> PatternSet? {
        switch scalar {
        case "d": PatternSet(ranges: [48...57])
        case "D": PatternSet(ranges: [48...57], isNegated: true)
        case "w": PatternSet(ranges: [48...57, 65...90, 95...95, 97...122])
        case "W": PatternSet(ranges: [48...57, 65...90, 95...95, 97...122], isNegated: true)
        case "s": PatternSet(ranges: [9...13, 32...32])
        case "S": PatternSet(ranges: [9...13, 32...32], isNegated: true)
        default: nil
        }
    }
}
