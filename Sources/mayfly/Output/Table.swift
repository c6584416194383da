/// Columns that fit the terminal: the least important go first, then the widest flexible one is cut.
struct Table {
    struct Column {
        var title: String
        /// 0 always stays; the highest goes first.
        var rank: Int
        var values: [String]

        init(_ title: String, rank: Int = 0, _ values: [String]) {
            self.title = title
            self.rank = rank
            self.values = values.map { $0.isEmpty ? "-" : Escaping.printable($0) }
        }

        var width: Int { max(title.count, values.map(\.count).max() ?? 0) }
    }

    static let gap = 2

    var columns: [Column]

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// The lines, the heading first.
    /// - Parameter width: the terminal's columns; nil for no limit.
    func lines(width: Int?) -> [String] {
        let shown = fitting(width)
        let widths = shown.map(\.width)
        let rows = shown.first?.values.count ?? 0
        return [row(shown.map(\.title), widths, width)]
            + (0..<rows).map { index in row(shown.map { $0.values[index] }, widths, width) }
    }

    private func fitting(_ width: Int?) -> [Column] {
        guard let width else { return columns }
        var shown = columns
        while shown.map(\.width).reduce(0, +) + Self.gap * (shown.count - 1) > width {
            guard
                let last = shown.indices.filter({ shown[$0].rank > 0 }).max(by: {
                    shown[$0].rank < shown[$1].rank
                })
            else { break }
            shown.remove(at: last)
        }
        return shown
    }

    private func row(_ cells: [String], _ widths: [Int], _ width: Int?) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            line += cell
            if index < cells.count - 1 {
                line += String(repeating: " ", count: widths[index] - cell.count + Self.gap)
            }
        }
        guard let width, line.count > width else { return line }
        return line.prefix(max(1, width - 1)) + "…"
    }
}
