import MayflyAPI
import MayflyCore

/// Looking at what was taken as break-glass.
extension Routes {
    func reviews(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: ReviewSearch.self)
        let limit = search.limit ?? 100
        let before = try Self.reviewID(search.after)
        let states = search.states.map {
            Set($0.compactMap { MayflyCore.Review.State(rawValue: $0.rawValue) })
        }
        let mine = search.mine ?? false
        return .identified { broker, identity throws(Refusal) in
            let found = try await broker.reviews(
                states, mine: mine, before: before, limit: limit + 1, by: identity)
            let isAuditor = !(await broker.roles(of: identity)).isEmpty
            let counts = isAuditor ? try await broker.reviewCounts() : nil
            let page = found.prefix(limit).map { MayflyAPI.Review($0) }
            return try .json(
                ReviewList(
                    reviews: page, next: found.count > limit ? page.last?.id : nil, open: counts?.open,
                    overdue: counts?.overdue))
        }
    }

    func showReview(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            try .json(MayflyAPI.Review(try await broker.review(call.id, by: identity)))
        }
    }

    func concludeReview(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: ConcludeReview.self)
        let text = try body.required(.verdict)
        guard let verdict = MayflyCore.Review.Verdict(rawValue: text) else {
            throw Refusal(
                .invalidRequest, "verdict \(text.quoted(limit: 40)) is none", field: "verdict",
                hint: "justified or unjustified")
        }
        guard let note = try body.string(.note) else {
            throw Refusal(
                .reasonRequired, "a verdict is given with a note only", field: "note",
                hint: "say what you looked at, and found")
        }
        let finding: Reason
        do throws(Refusal) { finding = try Reason(parsing: note) } catch {
            var refusal = error
            refusal.field = "note"
            throw refusal
        }
        return .identified { broker, identity throws(Refusal) in
            try .json(
                MayflyAPI.Review(
                    try await broker.conclude(call.id, verdict, note: finding, by: identity)))
        }
    }

    private static func reviewID(_ text: String?) throws(Refusal) -> ReviewID? {
        guard let text else { return nil }
        guard let id = ReviewID(rawValue: text) else {
            throw Refusal(
                .invalidRequest, "after \(text.quoted(limit: 40)) is not an id", field: "after",
                hint: "an id is a UUID in lower case")
        }
        return id
    }
}
