import ArgumentParser

/// How a report is written.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    /// For a terminal.
    case table
    /// For spreadsheets: every value in quotes, formulas made harmless (RFC 4180).
    case csv
    /// The API's own JSON.
    case json
    /// One file for a browser and for paper, with a picture.
    case html
    /// For tickets and wikis.
    case md
}
