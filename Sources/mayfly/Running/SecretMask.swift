import MayflyAPI

/// Replaces a secret in a stream by `***`, wherever the stream is cut into pieces.
///
/// ```swift
/// var mask = SecretMask(["hunter2"])
/// mask.pass("the password is hunt")   // "the password is "
/// mask.pass("er2!")                   // "***!"
/// ```
///
/// Finds the secret as it is and as it stands in a URL. What a command transforms (upper case, Base64, one letter
/// a line) is not found: this keeps accidents out of a log, not intent.
struct SecretMask {
    static let replacement = Array("***".utf8)

    /// Longest first: a longer form may begin with a shorter one.
    private let secrets: [[UInt8]]
    /// The end of what came, while it could be the beginning of a secret.
    private var held: [UInt8] = []

    init(_ secrets: [String]) {
        self.secrets = Set(secrets.flatMap { [$0, PercentEncoding.segment($0)] }.filter { !$0.isEmpty })
            .map { Array($0.utf8) }.sorted { $0.count > $1.count }
    }

    /// What may be shown of what came so far.
    mutating func pass(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let input = held + bytes
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        scan: while index < input.count {
            for secret in secrets where input[index] == secret[0] {
                let length = min(secret.count, input.count - index)
                guard input[index..<(index + length)].elementsEqual(secret[..<length]) else { continue }
                // The rest of it may be still to come.
                if length < secret.count { break scan }
                output += Self.replacement
                index += length
                continue scan
            }
            output.append(input[index])
            index += 1
        }
        held = Array(input[index...])
        return output
    }

    /// What was held back, when nothing more comes.
    mutating func end() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
