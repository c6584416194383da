import Testing

@testable import mayfly

@Suite struct QRCodeTests {
    private static let uri =
        "otpauth://totp/Mayfly:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mayfly&algorithm=SHA1&digits=6&period=30"

    /// Whether each module is light, read back from the blocks.
    private func modules(_ lines: [String]) -> [[Bool]] {
        lines.flatMap { line in
            [line.map { $0 == "█" || $0 == "▀" }, line.map { $0 == "█" || $0 == "▄" }]
        }
    }

    @Test func `a URI fits a terminal, with the light margin and the three eyes that readers look for`()
        throws
    {
        let lines = try #require(QRCode(Self.uri)).lines(colored: false)
        let width = try #require(lines.first).count
        #expect(width <= 80)
        #expect(lines.allSatisfy { $0.count == width })
        // Two rows to a line, and the side is odd.
        #expect(lines.count == (width + 1) / 2)
        #expect((width - 8 - 21) % 4 == 0)
        let light = modules(lines)
        for index in 0..<width {
            for margin in [0, 3, width - 4, width - 1] {
                #expect(light[index][margin] && light[margin][index])
            }
        }
        // ISO/IEC 18004, 6.3.3: dark, light, dark of 7, 5 and 3 modules.
        for (row, column) in [(4, 4), (4, width - 11), (width - 11, 4)] {
            for y in 0..<7 {
                for x in 0..<7 {
                    let ring = max(abs(y - 3), abs(x - 3))
                    #expect(light[row + y][column + x] == (ring == 2))
                }
            }
        }
    }

    @Test func `with colours it is black on white by itself, whatever the terminal's are`() throws {
        let code = try #require(QRCode(Self.uri))
        for (colored, plain) in zip(code.lines(colored: true), code.lines(colored: false)) {
            #expect(colored == "\u{1B}[38;5;231;48;5;16m\(plain)\u{1B}[0m")
        }
    }

    @Test func `what is too long for a code is none`() {
        #expect(QRCode(String(repeating: "x", count: 3000)) == nil)
    }
}
