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
}
