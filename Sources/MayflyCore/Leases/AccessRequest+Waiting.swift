extension AccessRequest {
    /// - Parameter waiting: how many requests of the same person wait already.
    /// - Returns: the refusal, when one more would be too many.
    package static func refusal(waiting: Int) -> Refusal? {
        guard waiting >= mostWaiting else { return nil }
        return Refusal(
            .tooManyActive, "\(waiting) requests of yours wait already; \(mostWaiting) is the maximum",
            field: "profile", hint: "withdraw what you no longer need: `mayfly requests --mine --pending`",
            figures: ["maximum_active": mostWaiting])
    }

    /// - Parameter other: a request to extend the same lease that waits, or is being carried out.
    /// - Returns: the refusal: the second would move an end that the first is about to move.
    package static func refusal(extendedBy other: RequestID) -> Refusal {
        Refusal(
            .conflict, "request \(other) to extend this lease is open", field: "id",
            hint: "wait for it, or take it back: `mayfly withdraw \(other)`")
    }
}
