/// How many leases that count as active a request may find before it: counted in the transaction that records the intent.
package struct Quota: Hashable, Sendable, Codable {
    package var perPerson: Int
    package var total: Int

    package init(perPerson: Int, total: Int) {
        self.perPerson = perPerson
        self.total = total
    }

    /// The lower of both, in each.
    package func lowered(perPerson: Int?, total: Int?) -> Quota {
        Quota(
            perPerson: min(self.perPerson, perPerson ?? self.perPerson),
            total: min(self.total, total ?? self.total))
    }

    /// - Returns: the refusal, when one more would be too many.
    package func refusal(profile: ProfileName, ofPerson: Int, inAll: Int) -> Refusal? {
        if ofPerson >= perPerson {
            return Refusal(
                .tooManyActive,
                "you have \(ofPerson) active leases of \(profile); \(perPerson) is the maximum",
                field: "profile",
                hint: "revoke one that you no longer need: `mayfly leases`, `mayfly revoke ID`",
                figures: ["maximum_active": perPerson])
        }
        if inAll >= total {
            return Refusal(
                .tooManyActive, "\(profile) has \(inAll) active leases; \(total) is the maximum",
                field: "profile",
                hint: "try again when some have ended", figures: ["maximum_active": total])
        }
        return nil
    }
}
