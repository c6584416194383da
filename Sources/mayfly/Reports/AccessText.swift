import Foundation
import MayflyAPI

/// One entry of a report of access, in words.
struct AccessText {
    let entry: AccessEntry
    let style: ReportStyle

    /// The user, and the person where that says more.
    var who: String {
        let person = entry.person
        let isSame =
            person == entry.requester || person == entry.requesterIdentity || person.hasPrefix("uid:")
        return isSame ? entry.requester : "\(entry.requester) (\(person))"
    }

    var token: String { entry.requesterIdentity.hasPrefix("sub:") ? entry.requesterIdentity : "" }

    var only: String { NarrowingText.text(entry.tables, entry.columns) ?? "" }

    /// What became of it, in a word.
    var fate: String {
        guard entry.state == .revoked, let reason = entry.endReason else { return entry.state.rawValue }
        return reason.rawValue
    }

    /// When it ended, or will.
    var end: String {
        guard let ended = entry.endedAt else { return "ends \(style.moment(entry.expiresAt))" }
        let isSameDay = UTCTime.calendar.isDate(ended, inSameDayAs: entry.issuedAt)
        return "to \(isSameDay ? UTCTime.clock(ended, withSeconds: true) : style.moment(ended))"
    }

    /// How long it gave access, of how long it was to.
    var lived: String {
        let lived = style.duration(entry.livedSeconds)
        return entry.livedSeconds == entry.givenSeconds
            ? lived : "\(lived) of \(style.duration(entry.givenSeconds))"
    }

    var allowedBy: String {
        switch entry.allowedBy {
        case .automatic: return "its rule, at once"
        case .breakGlass: return entry.review.map { "break-glass, \(verdict($0))" } ?? "break-glass"
        default:
            let approved = entry.decisions.filter { $0.verdict == .approve }
            return approved.isEmpty ? entry.allowedBy.rawValue : approved.map(said).joined(separator: ", ")
        }
    }

    var rule: String { entry.rule.map { "rule \($0)" } ?? "" }

    /// `games in 4m (owner)`
    func said(_ decision: AccessDecision) -> String {
        let how = decision.authority.map { " by \($0)" } ?? decision.seconds.map(quickness) ?? ""
        return "\(decision.user)\(how) (\(decision.step))"
    }

    private func quickness(_ seconds: Int) -> String {
        seconds == 0 ? " at once" : " in \(HumanTime.duration(seconds: seconds))"
    }

    func verdict(_ review: AccessVerdict) -> String {
        guard let verdict = review.verdict else {
            return review.state == .overdue ? "review overdue" : "review waits"
        }
        let took = review.seconds.map { " after \(HumanTime.duration(seconds: max($0, 1)))" } ?? ""
        return "\(verdict)\(review.by.map { " by \($0)" } ?? "")\(took)"
    }

    /// What it was used for, as far as that is known.
    var use: [String] {
        var parts: [String] = []
        if let sessions = entry.sessions {
            parts.append(
                sessions == 0 ? "no connection seen" : "\(sessions) connection\(sessions == 1 ? "" : "s")")
        }
        if let statements = entry.statements {
            parts.append("\(statements) statement\(statements == 1 ? "" : "s")")
        }
        if let tables = entry.tablesTouched, !tables.isEmpty {
            parts.append("tables \(tables.joined(separator: ", "))")
        }
        return parts
    }

    /// Worth a look: nobody allowed it, and nobody found it justified.
    var mark: ReportDocument.Mark {
        if entry.review.map({ $0.verdict != .justified }) ?? false { return .warning }
        return entry.state == .locked ? .warning : .plain
    }
}
