/// Reads a pattern's text.
struct PatternParser {
    /// Characters.
    static let longest = 200
    /// Groups in groups.
    private static let deepest = 16
    private static let mostRepetitions = 200

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(PatternError) -> PatternTree {
        guard !scalars.isEmpty else { throw PatternError("is empty") }
        guard scalars.count <= Self.longest else {
            throw PatternError("has \(scalars.count) characters, \(Self.longest) is the most")
        }
        if peek == "^" { index += 1 }
        let tree = try choices()
        if peek == ")" { throw PatternError("has a ) without its (") }
        return tree
    }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func next() -> Unicode.Scalar? {
        defer { index += 1 }
        return peek
    }

    private mutating func choices() throws(PatternError) -> PatternTree {
        var choices = [try sequence()]
        while peek == "|" {
            index += 1
            choices.append(try sequence())
        }
        return choices.count == 1 ? choices[0] : .oneOf(choices)
    }

    private mutating func sequence() throws(PatternError) -> PatternTree {
        var parts: [PatternTree] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            if scalar == "$", index == scalars.count - 1 {
                index += 1
                break
            }
            parts.append(try repetition(of: try atom()))
        }
        return .sequence(parts)
    }

    private mutating func atom() throws(PatternError) -> PatternTree {
        guard let scalar = next() else { throw PatternError("ends too early") }
        switch scalar {
        case ".": return .set(.any)
        case "[": return .set(try set())
        case "\\": return .set(try escape())
        case "(":
            if peek == "?" {
                guard scalars[index...].starts(with: ["?", ":"]) else {
                    throw PatternError("has a (? which is not taken here")
                }
                index += 2
            }
            depth += 1
            guard depth <= Self.deepest else {
                throw PatternError("has more than \(Self.deepest) groups in groups")
            }
            let inner = try choices()
            guard next() == ")" else { throw PatternError("has a ( without its )") }
            depth -= 1
            return inner
        case "*", "+", "?", "{": throw PatternError("has a \(scalar) with nothing before it to repeat")
        case "^", "$": throw PatternError("fits the whole text: \(scalar) can stand at its end only")
        default: return .set(PatternSet(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func repetition(of tree: PatternTree) throws(PatternError) -> PatternTree {
        let repeated: PatternTree
        switch peek {
        case "*": repeated = .repeated(tree, least: 0, most: nil)
        case "+": repeated = .repeated(tree, least: 1, most: nil)
        case "?": repeated = .repeated(tree, least: 0, most: 1)
        case "{":
            index += 1
            return try finish(try counts(of: tree))
        default: return tree
        }
        index += 1
        return try finish(repeated)
    }

    private func finish(_ tree: PatternTree) throws(PatternError) -> PatternTree {
        if let scalar = peek, ["*", "+", "?", "{"].contains(scalar) {
            throw PatternError("repeats a repetition: put it in ( )")
        }
        return tree
    }

    private mutating func counts(of tree: PatternTree) throws(PatternError) -> PatternTree {
        let least = number()
        var most = least
        if peek == "," {
            index += 1
            most = peek == "}" ? nil : number()
            if most == nil, peek != "}" { throw PatternError("has a { that is no {2}, {2,} or {2,5}") }
        }
        guard next() == "}", let least else { throw PatternError("has a { that is no {2}, {2,} or {2,5}") }
        guard max(least, most ?? 0) <= Self.mostRepetitions else {
            throw PatternError("repeats more than \(Self.mostRepetitions) times")
        }
        guard most.map({ $0 >= least }) ?? true else {
            throw PatternError("has a { whose end is before its beginning")
        }
        return .repeated(tree, least: least, most: most)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = peek, ("0"..."9").contains(scalar), digits.count < 6 {
            digits.unicodeScalars.append(scalar)
            index += 1
        }
        return Int(digits)
    }

    private mutating func escape() throws(PatternError) -> PatternSet {
        guard let scalar = next() else { throw PatternError("ends in a \\") }
        if let set = PatternSet.escape(scalar) { return set }
        guard scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
            throw PatternError("has \\\(scalar), which is not taken here: \\d, \\w, \\s, \\D, \\W, \\S are")
        }
        return PatternSet(ranges: [scalar.value...scalar.value])
    }

    private mutating func set() throws(PatternError) -> PatternSet {
        var set = PatternSet(ranges: [])
        if peek == "^" {
            set.isNegated = true
            index += 1
        }
        while let scalar = next() {
            if scalar == "]" {
                guard !set.ranges.isEmpty else { throw PatternError("has an empty [ ]") }
                return set
            }
            var low = scalar
            if scalar == "\\" {
                let escaped = try escape()
                guard !escaped.isNegated else { throw PatternError("has a negated class within [ ]") }
                guard escaped.ranges.count == 1, escaped.ranges[0].count == 1,
                    let single = Unicode.Scalar(escaped.ranges[0].lowerBound)
                else {
                    set.ranges += escaped.ranges
                    continue
                }
                low = single
            }
            set.ranges.append(low.value...(try upper(from: low)).value)
        }
        throw PatternError("has a [ without its ]")
    }

    /// The end of a range within `[ ]`; `low` itself where there is none.
    private mutating func upper(from low: Unicode.Scalar) throws(PatternError) -> Unicode.Scalar {
        guard peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else { return low }
        index += 1
        guard let high = next(), high != "\\", high.value >= low.value else {
            throw PatternError("has a range in [ ] whose end is before its beginning")
        }
        return high
    }
}
