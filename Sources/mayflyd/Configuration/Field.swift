import MayflyCore
import Yams

/// A value in the file, with the key that leads to it and its place.
///
/// Each reader returns nil after it has reported what is wrong.
struct Field {
    let path: String
    let node: Node
    let problems: ProblemList
    let renamed: YAMLTree.Renamed
    /// Values here may be secrets that somebody typed into the wrong place: messages never repeat them.
    var isConfidential = false

    func error(_ message: String, fix: String?) {
        problems.error(
            line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, key: path, message, fix: fix)
    }

    func note(_ message: String, fix: String?) {
        problems.note(
            line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, key: path, message, fix: fix)
    }

    /// The value as it may stand in a message.
    func shown(_ value: String) -> String { isConfidential ? "(value not shown)" : value.quoted(limit: 60) }

    func child(_ name: String, _ node: Node, confidential: Bool = false) -> Field {
        Field(
            path: path.isEmpty ? name : path + "." + name, node: node, problems: problems, renamed: renamed,
            isConfidential: isConfidential || confidential)
    }

    var isScalar: Bool {
        if case .scalar = node { true } else { false }
    }

    /// What kind of value stands here, in words.
    var kind: String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): node.isNothing ? "nothing" : Self.kind(of: scalar)
        }
    }

    private static func kind(of scalar: Node.Scalar) -> String {
        guard scalar.style == .plain else { return "a string" }
        if Int(scalar.string) != nil { return "a whole number" }
        if Double(scalar.string) != nil { return "a number" }
        // YAML 1.1 reads all of these as truth values, YAML 1.2 the first two only: nobody should have to know.
        let truths: Set = ["true", "false", "yes", "no", "on", "off"]
        return truths.contains(scalar.string.lowercased()) ? "a truth value" : "a string"
    }

    private func hasNoTag(_ scalar: Node.Scalar) -> Bool {
        // The parser marks what stands in quotes as a string by itself.
        scalar.style != .plain && scalar.tag.rawValue == Tag.Name.str.rawValue || hasNoTag(scalar.tag)
    }

    private func hasNoTag(_ tag: Tag) -> Bool {
        if tag.rawValue == Tag.Name.implicit.rawValue { return true }
        error("YAML tags are not taken", fix: "remove the ! and what follows it up to the value")
        return false
    }

    /// A scalar's text, whatever it looks like.
    func scalar(_ wanted: String) -> String? {
        guard case .scalar(let scalar) = node, !node.isNothing else {
            error("\(wanted) is needed, this is \(kind)", fix: nil)
            return nil
        }
        return hasNoTag(scalar) ? scalar.string : nil
    }

    /// A string that is not empty and has no control characters.
    func string(_ wanted: String = "a string") -> String? {
        guard let text = scalar(wanted) else { return nil }
        guard kind == "a string" else {
            error("\(wanted) is needed, this is \(kind)", fix: "put it in quotes if it is meant")
            return nil
        }
        return isLine(text) ? text : nil
    }

    /// Reports a text that is empty or could break a line of a log or of a script.
    func isLine(_ text: String) -> Bool {
        guard !text.isEmpty else {
            error("is empty", fix: "give a value, or leave the key out")
            return false
        }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                error(
                    "\(shown(text)) contains U+\(String(scalar.value, radix: 16, uppercase: true))",
                    fix: "one line without control characters")
                return false
            default: continue
            }
        }
        return true
    }

    func integer(_ range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let scalar) = node, !node.isNothing, hasNoTag(scalar) else {
            if case .scalar = node, !node.isNothing { return nil }
            error("a whole number is needed, this is \(kind)", fix: nil)
            return nil
        }
        guard scalar.style == .plain, scalar.string.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 || $0 == 45 }),
            let number = Int(scalar.string)
        else {
            error(
                "a whole number is needed, this is \(shown(scalar.string))",
                fix: scalar.style == .plain
                    ? "\(range.lowerBound) to \(range.upperBound)" : "remove the quotes")
            return nil
        }
        guard range.contains(number) else {
            error("\(number) is out of range", fix: "\(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// `true` or `false`, as YAML 1.2 writes them.
    func truth() -> Bool? {
        guard kind == "a truth value", let text = scalar("true or false"), ["true", "false"].contains(text)
        else {
            error(
                "true or false is needed, this is \(isScalar && kind != "nothing" ? "another value" : kind)",
                fix: nil)
            return nil
        }
        return text == "true"
    }

    /// A duration with its unit.
    func duration() -> TTL? {
        guard let text = scalar("a duration") else { return nil }
        do {
            return try TTL(parsing: text, field: "duration")
        } catch {
            let number = Int(text).map {
                $0 > 0 ? ": " + HumanDuration.text(seconds: $0) + " if seconds are meant" : ""
            }
            switch (number, error.code) {
            case (let number?, _):
                self.error("\(shown(text)) has no unit", fix: "add s, m, h or d" + number)
            case (nil, .ttlAboveMaximum):
                self.error("\(shown(text)) is above 30 days, which nothing exceeds", fix: "30d or less")
            case (nil, _) where HumanDuration.seconds(in: text) == 0:
                self.error("\(shown(text)) is no time at all", fix: "at least 1s")
            case (nil, _):
                self.error(
                    "\(shown(text)) is not a duration",
                    fix: "a number with a unit (s, m, h or d), such as 90s, 30m, 1h30m or 2d")
            }
            return nil
        }
    }

    /// The items of a list.
    func list(of wanted: String, allowEmpty: Bool = false) -> [Field]? {
        guard case .sequence(let sequence) = node else {
            error(
                "a list of \(wanted) is needed, this is \(kind)",
                fix: node.isNothing ? nil : "put it in brackets: [ … ]")
            return nil
        }
        guard hasNoTag(sequence.tag) else { return nil }
        guard allowEmpty || !sequence.isEmpty else {
            error("the list of \(wanted) is empty", fix: "name at least one")
            return nil
        }
        return sequence.enumerated().map { index, item in
            Field(
                path: "\(path)[\(index)]", node: item, problems: problems, renamed: renamed,
                isConfidential: isConfidential)
        }
    }

    /// The entries of a mapping whose keys are names that the file's author chose, each name once.
    /// - Parameter mayShow: whether messages may repeat a key.
    func entries(
        of wanted: String, mayShow: (String) -> Bool = { _ in true }
    ) -> [(name: String, key: Field, value: Field)]? {
        guard case .mapping(let mapping) = node else {
            error("a mapping of \(wanted) is needed, this is \(kind)", fix: nil)
            return nil
        }
        guard hasNoTag(mapping.tag) else { return nil }
        var first: [String: Int] = [:]
        var entries: [(name: String, key: Field, value: Field)] = []
        for (keyNode, value) in mapping {
            let line = keyNode.mark?.line ?? 0
            guard case .scalar(let scalar) = keyNode else {
                child("?", keyNode).error("a key is a string", fix: nil)
                continue
            }
            let position = YAMLTree.Position(line: line, column: keyNode.mark?.column ?? 0)
            let name = renamed[position] ?? scalar.string
            let shown = mayShow(name) ? (name.isPlainKey ? name : name.quoted(limit: 60)) : "(key not shown)"
            let key = child(shown, keyNode)
            if let line = first[name] {
                key.error("is given twice, first in line \(line)", fix: "keep one")
                continue
            }
            first[name] = line
            entries.append((name, key, child(key.lastPart(of: path), value)))
        }
        return entries
    }

    private func lastPart(of parent: String) -> String {
        parent.isEmpty ? path : String(path.dropFirst(parent.count + 1))
    }
}

extension String {
    /// Whether it reads as a key in a path such as `databases.orders.port`.
    fileprivate var isPlainKey: Bool {
        (1...63).contains(utf8.count)
            && unicodeScalars.allSatisfy {
                $0.isASCII
                    && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
            }
    }
}
