import Foundation
import MayflyCore
import MayflyServer
import Testing

/// A directory for a log that a test writes itself, gone with the value.
final class LogScratch {
    let path: String

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/mayfly-log-XXXXXX").utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
        path = String(cString: try #require(made))
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path)") }
    }

    func folder(
        _ cursors: [LogCursor] = [], names: Glob = "*.json", format: ServerLogSource.Format = .jsonlog,
        budget: Int = ServerLogFolder.mostBytes
    ) -> ServerLogFolder {
        ServerLogFolder(
            ServerLogSource(directory: path, names: names, format: format), cursors: cursors, budget: budget)
    }

    func append(_ text: String, to name: String) throws { try append(Array(text.utf8), to: name) }

    func append(_ bytes: [UInt8], to name: String) throws {
        let file = try #require(fopen("\(path)/\(name)", "a"))
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        #expect(fclose(file) == 0)
    }

    /// A line of jsonlog, as PostgreSQL 15 writes it.
    static func line(_ number: Int, _ message: String = "statement: SELECT 1") -> String {
        #"{"timestamp":"2026-11-30 22:44:35.548 UTC","user":"mf_t_alice_aaaaaaaaaaaaa","dbname":"orders","pid":10043,"#
            + #""remote_host":"127.0.0.1","remote_port":47036,"session_id":"6b0dfc53.273b","line_num":\#(number),"#
            + #""ps":"idle","session_start":"2026-11-30 22:44:35 UTC","vxid":"3/7","txid":0,"error_severity":"LOG","#
            + #""message":"\#(message)","application_name":"psql","backend_type":"client backend","query_id":0}"#
            + "\n"
    }
}

extension ServerLogHaul {
    /// The numbers of the lines that were found.
    var numbers: [Int] {
        records.compactMap { found in
            LogFields(found.record.bytes, .jsonlog, isCut: found.record.isCut)?[.lineNumber].flatMap {
                Int($0)
            }
        }
    }
}
