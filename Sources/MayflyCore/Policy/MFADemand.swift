package import Foundation

/// A second factor that a rule demands, and how old it may be.
package struct MFADemand: Hashable, Sendable, Codable {
    /// Seconds.
    package var maxAge: Int
    /// Any of these in a token's `amr` meets it.
    package var amr: [String]
    /// Any of these as a token's `acr` meets it.
    package var acr: [String]

    package init(maxAge: Int = 300, amr: [String] = ["mfa"], acr: [String] = []) {
        self.maxAge = maxAge
        self.amr = amr
        self.acr = acr
    }

    /// By a code that was checked for this call, or by a token that says how and when its bearer was authenticated. A
    /// token that does not say when, meets none.
    package func isMet(by identity: Identity, now: Date) -> Bool {
        if let proof = identity.mfa, isFresh(proof.at, now) { return true }
        guard let token = identity.token, let at = token.authenticatedAt, isFresh(at, now) else {
            return false
        }
        return token.amr.contains(where: amr.contains) || token.acr.map(acr.contains) == true
    }

    /// Both at once.
    package func and(_ other: MFADemand) -> MFADemand {
        MFADemand(
            maxAge: min(maxAge, other.maxAge), amr: amr.filter(other.amr.contains),
            acr: acr.filter(other.acr.contains))
    }

    /// A moment ahead of us by more than clocks differ is no proof of anything.
    private func isFresh(_ at: Date, _ now: Date) -> Bool {
        let age = now.timeIntervalSince(at)
        return age <= TimeInterval(maxAge) && age >= -60
    }
}
