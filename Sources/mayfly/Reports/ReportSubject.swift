import Foundation
import MayflyAPI

/// What a report is about, as it was asked for.
struct ReportSubject {
    var from: Date
    var to: Date
    var database: String?
    var profile: String?
    var user: String?

    func facts(_ style: ReportStyle, userIs title: String = "user") -> [ReportDocument.Fact] {
        let zone = style.reader == .person ? " UTC" : ""
        var facts = [
            ReportDocument.Fact(
                name: "period", value: "\(style.moment(from)) to \(style.moment(to))\(zone)")
        ]
        for (name, value) in [("database", database), ("profile", profile), (title, user)] {
            if let value { facts.append(ReportDocument.Fact(name: name, value: value)) }
        }
        return facts
    }
}
