/// A report as it is written, whatever the format: what it is about, its figures, a picture, and tables.
struct ReportDocument {
    /// Text of others, or ours: nothing in it is escaped yet. What writes it does.
    struct Cell: ExpressibleByStringInterpolation {
        var main: String
        /// What is said below it, smaller.
        var more: [String] = []

        init(_ main: String, _ more: [String] = []) {
            self.main = main
            self.more = more
        }

        init(stringLiteral value: String) { main = value }
    }

    struct Column {
        var title: String
        /// 0 always stays on a narrow terminal; the highest goes first.
        var rank = 0
        var isNumber = false
        /// On one line, where there is room.
        var isTight = false

        /// The class of its cells.
        var css: String { isNumber ? "number" : isTight ? "tight" : "" }
    }

    enum Mark {
        case plain
        /// Worth a look.
        case warning
        case quiet
    }

    struct Row {
        var cells: [Cell]
        var mark = Mark.plain
    }

    struct Section {
        var title: String
        /// Said above it.
        var notes: [String] = []
        var columns: [Column]
        var rows: [Row]
        /// Said in place of the table when there is no row.
        var empty: String
    }

    struct Fact {
        var name: String
        var value: String
        var mark = Mark.plain
    }

    var title: String
    /// What it is about: the period, what was asked for.
    var subject: [Fact]
    var figures: [Fact] = []
    var timeline: Timeline?
    var sections: [Section]
    /// How figures are meant, and what is not known.
    var notes: [String] = []
}
