import CQRencode

/// A QR code (ISO/IEC 18004) as lines of text: two rows of modules to a line, by half blocks.
struct QRCode {
    /// Light modules around it, which readers need to find it.
    private static let margin = 4

    private let width: Int
    /// Whether it is dark, row by row.
    private let isDark: [Bool]

    /// - Returns: nil for a text that is too long for one, or when there is no memory.
    init?(_ text: String) {
        guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        guard let data = code.pointee.data else { return nil }
        // The lowest bit of each byte.
        isDark = UnsafeBufferPointer(start: data, count: width * width).map { $0 & 1 == 1 }
    }

    /// - Parameter colored: draws black on white by itself, whatever the terminal's colours are. Without, the light
    ///   modules are the terminal's foreground, which is right on a dark terminal: many readers take no inverse.
    func lines(colored: Bool) -> [String] {
        let rows = -Self.margin..<(width + Self.margin)
        return stride(from: rows.lowerBound, to: rows.upperBound, by: 2).map { row in
            let blocks = rows.map { column in
                Self.block(
                    upper: isLight(row, column), lower: row + 1 < rows.upperBound && isLight(row + 1, column))
            }.joined()
            // Two fixed colours of 256: others may be anything in somebody's theme. The foreground is the light one.
            return colored ? "\u{1B}[38;5;231;48;5;16m\(blocks)\u{1B}[0m" : blocks
        }
    }

    private static func block(upper: Bool, lower: Bool) -> String {
        switch (upper, lower) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
    }

    private func isLight(_ row: Int, _ column: Int) -> Bool {
        guard (0..<width).contains(row), (0..<width).contains(column) else { return true }
        return !isDark[row * width + column]
    }
}
