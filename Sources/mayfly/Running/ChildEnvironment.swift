import Glibc

/// The environment of a command: ours, byte for byte, less what is stale, with the credential.
enum ChildEnvironment {
    static func make(
        from own: [[CChar]] = CStrings.copy(environ), removing stale: [String],
        adding values: [(name: String, value: String)]
    ) -> [[CChar]] {
        let gone = Set((stale + values.map(\.name)).map { Array($0.utf8) })
        return own.filter { !gone.contains(name(of: $0)) }
            + values.map { Array("\($0.name)=\($0.value)".utf8CString) }
    }

    private static func name(of entry: [CChar]) -> [UInt8] {
        entry.prefix { $0 != CChar(bitPattern: UInt8(ascii: "=")) && $0 != 0 }.map(UInt8.init(bitPattern:))
    }
}
