import Foundation

/// Free text as a search takes it: terms parted by spaces, each of which must be found.
///
/// A term is found where its words follow each other, the last one, from two characters on, possibly as the beginning of a
/// longer word; a word is a run of letters and digits, whatever their case and accents. So `INC-47` finds `inc-4711`. The
/// index (SQLite's FTS5) is given words that were made here, and so finds what is found here by hand.
package struct SearchText: Hashable, Sendable {
    package static let mostTerms = 10
    package static let longest = 200
    /// Of one letter half of all words begin with: what would find nothing but costs most.
    private static let shortestBeginning = 2

    /// The words of each term.
    package let terms: [[String]]

    /// - Returns: nil when there is no letter or digit in it, or too much of it.
    package init?(_ text: String) {
        guard text.count <= Self.longest else { return nil }
        let terms = text.split(whereSeparator: \.isWhitespace).map { Self.words(String($0)) }
            .filter { !$0.isEmpty }
        guard (1...Self.mostTerms).contains(terms.count) else { return nil }
        self.terms = terms
    }

    package static func words(_ text: String) -> [String] {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
            // By scalars: a mark may make one `Character` of a letter and the quote after it.
            .unicodeScalars.split { !isPart($0) }.map { String(String.UnicodeScalarView($0)) }
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    /// Whether a term's last word may be the beginning of a longer one.
    package static func isBeginning(_ term: [String]) -> Bool {
        (term.last?.unicodeScalars.count ?? 0) >= shortestBeginning
    }

    /// Whether every term is found in one of the fields.
    package func matches(_ fields: [String]) -> Bool {
        let fields = fields.map(Self.words)
        return terms.allSatisfy { term in fields.contains { Self.contains($0, term) } }
    }

    private static func contains(_ words: [String], _ term: [String]) -> Bool {
        guard words.count >= term.count else { return false }
        return (0...(words.count - term.count)).contains { start in
            zip(words[start...], term.dropLast()).allSatisfy { $0 == $1 }
                && (isBeginning(term)
                    ? words[start + term.count - 1].unicodeScalars.starts(
                        with: term[term.count - 1].unicodeScalars)
                    : words[start + term.count - 1] == term[term.count - 1])
        }
    }
}

extension AuditEvent {
    /// What a search looks into, by field.
    package var searchable: [(field: String, text: String)] {
        var actorText: String
        switch actor {
        case .person(let identity):
            actorText = identity.user
            if let token = identity.token { actorText += " \(token.issuer) \(token.subject)" }
        case .broker: actorText = "mayflyd"
        }
        let details = details.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return [
            ("actor", actorText), ("action", action.rawValue), ("outcome", outcome.rawValue),
            ("request", subject.request?.rawValue ?? ""), ("lease", subject.lease?.rawValue ?? ""),
            ("database", subject.database?.rawValue ?? ""), ("profile", subject.profile?.rawValue ?? ""),
            ("role", subject.role?.rawValue ?? ""), ("reason", reason ?? ""), ("rule", rule ?? ""),
            ("details", details.joined(separator: "\n")),
        ]
    }
}
