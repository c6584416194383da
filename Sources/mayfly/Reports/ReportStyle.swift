import Foundation
import MayflyAPI

/// How moments and durations stand in a report.
struct ReportStyle {
    enum Reader {
        case terminal, machine, person
    }

    var reader: Reader
    var time = LocalTime()

    init(_ reader: Reader, time: LocalTime = LocalTime()) {
        self.reader = reader
        self.time = time
    }

    init(_ format: ReportFormat) {
        switch format {
        case .table: self.init(.terminal)
        case .csv, .json: self.init(.machine)
        case .html, .md: self.init(.person)
        }
    }

    /// Here for a terminal; what is kept and passed on says the same everywhere, in UTC.
    func moment(_ date: Date?) -> String {
        guard let date else { return "" }
        switch reader {
        case .terminal: return time.text(date)
        case .machine: return MayflyJSON.string(from: date)
        case .person: return UTCTime.text(date)
        }
    }

    func duration(_ seconds: Int?) -> String {
        guard let seconds else { return "" }
        return reader == .machine ? String(seconds) : HumanTime.duration(seconds: seconds)
    }

    /// Empty for what is not known: that is not none.
    func count(_ number: Int?) -> String { number.map(String.init) ?? "" }
}
