import Foundation
import Logging

/// Logs one JSON object per line on stderr, for a journal or a collector.
///
///     {"at":"2026-11-21T14:19:30.123Z","level":"info","message":"started","lease":"…"}
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for (name, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { _, new in new }) {
            fields[name] = "\(value)"
        }
        fields["at"] = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        fields["level"] = event.level.rawValue
        fields["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(fields) else { return }
        line.append(0x0A)
        // One write for each line, so that lines of several threads do not mix. A log that nobody reads, or that
        // does not fit on its disk, has no other place to say so: leases end without it. `write(_:)` would trap.
        try? FileHandle.standardError.write(contentsOf: line)
    }
}
