/// What a request must bring.
package struct Requirements: Hashable, Sendable {
    package struct Text: Hashable, Sendable {
        /// Characters, at least.
        package var minimumLength: Int
        /// Each fits the whole text.
        package var patterns: [Pattern]

        package init(minimumLength: Int = 1, patterns: [Pattern] = []) {
            self.minimumLength = minimumLength
            self.patterns = patterns
        }

        func and(_ other: Text) -> Text {
            Text(
                minimumLength: max(minimumLength, other.minimumLength),
                patterns: patterns + other.patterns.filter { !patterns.contains($0) })
        }
    }

    package var reason: Text?
    package var ticket: Text?
    package var mfa: MFADemand?

    package init(reason: Text? = nil, ticket: Text? = nil, mfa: MFADemand? = nil) {
        self.reason = reason
        self.ticket = ticket
        self.mfa = mfa
    }

    package func and(_ other: Requirements) -> Requirements {
        func both<Value>(_ a: Value?, _ b: Value?, _ combine: (Value, Value) -> Value) -> Value? {
            if let a, let b { combine(a, b) } else { a ?? b }
        }
        return Requirements(
            reason: both(reason, other.reason) { $0.and($1) },
            ticket: both(ticket, other.ticket) { $0.and($1) }, mfa: both(mfa, other.mfa) { $0.and($1) })
    }
}
