import Foundation
import MayflyAPI
import MayflyCore

/// Reports of who had what, and what auditors sign off.
extension Routes {
    /// How far a report goes back that does not say.
    private static let usual: TimeInterval = 30 * 86_400

    func accessReport(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: AccessSearch.self)
        let query = try reportQuery(
            search.from, search.to, database: search.database, profile: search.profile, who: search.user)
        let before = try Self.leaseID(search.after, field: "after")
        let limit = search.limit ?? 1000
        return .identified { broker, identity throws(Refusal) in
            let found = try await broker.accessReport(query, before: before, limit: limit + 1, by: identity)
            let page = found.prefix(limit).map { AccessEntry($0) }
            return try .json(
                AccessReport(
                    from: query.period.from, to: query.period.to, entries: page,
                    next: found.count > limit ? page.last?.leaseId : nil))
        }
    }

    func breakGlassReport(_ call: Call) throws(Refusal) -> Action {
        let query = try reportQuery(call)
        return .identified { broker, identity throws(Refusal) in
            try .json(
                BreakGlassReport(query.period, try await broker.breakGlassReport(query, by: identity)))
        }
    }

    func approvalsReport(_ call: Call) throws(Refusal) -> Action {
        let query = try reportQuery(call)
        return .identified { broker, identity throws(Refusal) in
            try .json(ApprovalsReport(query.period, try await broker.approvalsReport(query, by: identity)))
        }
    }

    func unusedReport(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: UnusedSearch.self)
        let query = try reportQuery(
            search.from, search.to, database: search.database, profile: search.profile, who: nil)
        return .identified { broker, identity throws(Refusal) in
            try .json(UnusedReport(query.period, try await broker.unusedReport(query, by: identity)))
        }
    }

    func accessReview(_ call: Call) throws(Refusal) -> Action {
        let search = try call.query(as: PeriodSearch.self)
        let database = try DatabaseName(parsing: call.id, field: "id")
        let period = try period(search.from, search.to)
        return .identified { broker, identity throws(Refusal) in
            let sealed = try await broker.accessReview(of: database, period, by: identity)
            return try .json(
                AccessReview(
                    pack: sealed.pack, sha256: sealed.sha256,
                    signOffs: try await broker.signOffs(of: database).map { MayflyAPI.SignOff($0) }))
        }
    }

    func signOffReview(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: SignOffRequest.self)
        let database = try DatabaseName(parsing: call.id, field: "id")
        guard let from = try body.date(.from), let to = try body.date(.to) else {
            throw Refusal(
                .invalidRequest, "the period is missing", field: "from",
                hint: "give `from` and `to` of the pack that was looked at")
        }
        let period = try ReportPeriod(from: from, to: to)
        let sha256 = try body.required(.sha256)
        guard let note = try body.string(.note) else {
            throw Refusal(
                .reasonRequired, "a review is signed off with a note only", field: "note",
                hint: "say what you looked at, and found")
        }
        let words: Reason
        do throws(Refusal) { words = try Reason(parsing: note) } catch {
            var refusal = error
            refusal.field = "note"
            throw refusal
        }
        return .identified { broker, identity throws(Refusal) in
            try .json(
                MayflyAPI.SignOff(
                    try await broker.signOff(database, period, sha256: sha256, note: words, by: identity)))
        }
    }

    func signOff(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            let signOff = try await broker.signOff(call.id, by: identity)
            return try .json(SignedPack(signOff: MayflyAPI.SignOff(signOff), pack: signOff.pack))
        }
    }

    private func reportQuery(_ call: Call) throws(Refusal) -> ReportQuery {
        let search = try call.query(as: ReportSearch.self)
        return try reportQuery(
            search.from, search.to, database: search.database, profile: search.profile, who: search.user)
    }

    private func reportQuery(
        _ from: Date?, _ to: Date?, database: String?, profile: String?, who: String?
    ) throws(Refusal) -> ReportQuery {
        ReportQuery(
            try period(from, to), database: try Self.database(database), profile: try Self.profile(profile),
            who: who)
    }

    private func period(_ from: Date?, _ to: Date?) throws(Refusal) -> ReportPeriod {
        let to = to ?? timekeeper.now()
        return try ReportPeriod(from: from ?? to.addingTimeInterval(-Self.usual), to: to)
    }
}
