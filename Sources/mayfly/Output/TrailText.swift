import MayflyTrail

/// What a verifier saw, in a line for people.
enum TrailText {
    static func line(_ report: TrailReport, time: LocalTime) -> String {
        guard let first = report.first, let last = report.last else { return "whole: no records" }
        var parts = ["whole: records \(first) to \(last)"]
        if let signed = report.signedUpTo, let at = report.signedAt {
            parts.append(
                "\(report.checkpoints) checkpoint\(report.checkpoints == 1 ? "" : "s"), signed up to record \(signed) (\(time.text(at)))"
            )
        }
        if report.kept > 0 {
            parts.append("\(report.kept) kept checkpoint\(report.kept == 1 ? " fits" : "s fit")")
        }
        return parts.joined(separator: "; ")
    }
}
