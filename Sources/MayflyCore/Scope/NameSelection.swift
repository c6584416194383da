/// Which objects of a kind are meant: all of them, or those that one of `names` fits, except those that one of `except`
/// does.
///
///     NameSelection(names: ["orders", "inv_*"], except: ["*_private"])
///
/// A name without a star stands for one object; with one, for those that fit it when the catalogue is looked at.
package struct NameSelection: Hashable, Sendable, Codable, CustomStringConvertible {
    package var names: [Glob]
    package var except: [Glob]

    package init(names: [Glob], except: [Glob] = []) {
        self.names = names
        self.except = except
    }

    package static let all = NameSelection(names: ["*"])

    /// All there are of the kind, those of tomorrow too.
    package var isAll: Bool { names == ["*"] && except.isEmpty }

    /// Whether it can be told without a catalogue which objects are meant.
    package var isExact: Bool { names.allSatisfy(\.isExact) && except.isEmpty }

    package func contains(_ name: String) -> Bool {
        names.contains { $0.matches(name) } && !except.contains { $0.matches(name) }
    }

    package var description: String {
        names.map(\.pattern.description).joined(separator: ", ")
            + (except.isEmpty ? "" : " except " + except.map(\.pattern.description).joined(separator: ", "))
    }
}
