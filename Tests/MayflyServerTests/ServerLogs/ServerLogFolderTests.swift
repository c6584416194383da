import Foundation
import MayflyCore
import MayflyServer
import Testing

/// Following the files of a log: nothing is lost, nothing comes twice, and what could not be read is told.
struct ServerLogFolderTests {
    @Test("What is written between two looks is read once, and a line that is half written when it is whole")
    func appended() throws {
        let log = try LogScratch()
        let folder = log.folder()
        try log.append(LogScratch.line(1), to: "a.json")
        #expect(try folder.look().numbers == [1])
        #expect(try folder.look().numbers == [])
        let line = LogScratch.line(2)
        try log.append(String(line.prefix(100)), to: "a.json")
        #expect(try folder.look().numbers == [])
        try log.append(String(line.dropFirst(100)) + LogScratch.line(3), to: "a.json")
        let haul = try folder.look()
        #expect(haul.numbers == [2, 3] && haul.gaps == [])
    }

    @Test("After a crash what was not committed is read again, and what was is not")
    func crashed() throws {
        let log = try LogScratch()
        try log.append(LogScratch.line(1) + LogScratch.line(2), to: "a.json")
        let committed = try log.folder().look().cursors
        try log.append(LogScratch.line(3) + LogScratch.line(4).prefix(50), to: "a.json")
        #expect(try log.folder(committed).look().numbers == [3])
        let again = try log.folder(committed).look()
        #expect(again.numbers == [3] && again.gaps == [])
        #expect(try log.folder(again.cursors).look().numbers == [])
    }

    @Test("A file that is renamed or removed is read to its end, and the next from its beginning")
    func rotated() throws {
        let log = try LogScratch()
        let folder = log.folder()
        try log.append(LogScratch.line(1), to: "a.json")
        _ = try folder.look()
        try log.append(LogScratch.line(2), to: "a.json")
        rename("\(log.path)/a.json", "\(log.path)/a.json.1")
        try log.append(LogScratch.line(3), to: "a.json")
        var haul = try folder.look()
        #expect(haul.numbers == [2, 3] && haul.gaps == [])
        try log.append(LogScratch.line(4), to: "a.json")
        unlink("\(log.path)/a.json")
        try log.append(LogScratch.line(5), to: "b.json")
        haul = try folder.look()
        #expect(haul.numbers == [4, 5] && haul.gaps == [])
        #expect(haul.cursors.map(\.name) == ["a.json.1", "b.json"])
    }

    @Test("A file that was renamed while nobody looked is known by its inode")
    func renamedWhileDown() throws {
        let log = try LogScratch()
        try log.append(LogScratch.line(1), to: "a.json")
        let cursors = try log.folder().look().cursors
        try log.append(LogScratch.line(2), to: "a.json")
        rename("\(log.path)/a.json", "\(log.path)/a.json.1")
        try log.append(LogScratch.line(3), to: "a.json")
        let haul = try log.folder(cursors).look()
        #expect(haul.numbers == [2, 3] && haul.gaps == [])
    }

    @Test(
        "A file that was emptied is read from its beginning, and the gap is told, also when it has grown again"
    )
    func truncated() throws {
        let log = try LogScratch()
        let folder = log.folder()
        try log.append(LogScratch.line(1) + LogScratch.line(2), to: "a.json")
        let cursors = try folder.look().cursors
        truncate("\(log.path)/a.json", 0)
        try log.append(LogScratch.line(3), to: "a.json")
        var haul = try folder.look()
        #expect(haul.numbers == [3] && haul.gaps.map(\.kind) == [.truncated])

        // Longer than before by now: its beginning tells.
        truncate("\(log.path)/a.json", 0)
        try log.append((4...9).map { LogScratch.line($0) }.joined(), to: "a.json")
        haul = try folder.look()
        #expect(haul.numbers == Array(4...9) && haul.gaps.map(\.kind) == [.replaced])
        haul = try log.folder(cursors).look()
        #expect(haul.numbers == Array(4...9) && haul.gaps.map(\.kind) == [.replaced])
    }

    @Test("A file that is gone with its end unseen is a gap")
    func gone() throws {
        let log = try LogScratch()
        try log.append(LogScratch.line(1), to: "a.json")
        let cursors = try log.folder().look().cursors
        unlink("\(log.path)/a.json")
        try log.append(LogScratch.line(7), to: "b.json")
        let haul = try log.folder(cursors).look()
        // The file system may give the inode to the new one.
        #expect(haul.numbers == [7])
        #expect([[.gone], [.replaced]].contains(haul.gaps.map(\.kind)), "\(haul.gaps)")
    }

    @Test("A file that ended in mid-record is a gap when it is gone")
    func unfinished() throws {
        let log = try LogScratch()
        let folder = log.folder()
        try log.append(LogScratch.line(1) + LogScratch.line(2).prefix(60), to: "a.json")
        #expect(try folder.look().numbers == [1])
        unlink("\(log.path)/a.json")
        try log.append(LogScratch.line(3), to: "b.json")
        let haul = try folder.look()
        #expect(haul.numbers == [3] && haul.gaps.map(\.kind) == [.unfinished])
    }

    @Test("At the first look ever, older files are over")
    func firstLook() throws {
        let log = try LogScratch()
        try log.append(LogScratch.line(1), to: "a.json")
        var past = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
        utimes("\(log.path)/a.json", &past)
        try log.append(LogScratch.line(2), to: "b.json")
        let folder = log.folder()
        #expect(try folder.look().numbers == [2])
        try log.append(LogScratch.line(3), to: "a.json")
        #expect(try folder.look().numbers == [3])
    }

    @Test("A flood is read by and by, in order, with no more in memory than a look may hold")
    func flood() throws {
        let log = try LogScratch()
        let text = (1...2000).map { LogScratch.line($0) }.joined()
        try log.append(text, to: "a.json")
        let folder = log.folder(budget: 300_000)
        var (numbers, looks, isBehind) = ([Int](), 0, true)
        while isBehind, looks < 100 {
            let haul = try folder.look()
            (looks, isBehind) = (looks + 1, haul.isBehind)
            #expect(haul.bytes <= 300_000 + 256 << 10)
            numbers += haul.numbers
        }
        #expect(numbers == Array(1...2000) && looks > 1)
    }

    @Test("A line over the limit is cut, with its length and SHA-256, and the next is whole")
    func long() throws {
        let log = try LogScratch()
        let long = LogScratch.line(1, "statement: SELECT '" + String(repeating: "x", count: 5 << 20) + "'")
        try log.append(long + LogScratch.line(2), to: "a.json")
        let haul = try log.folder().look()
        #expect(haul.numbers == [1, 2])
        let record = try #require(haul.records.first?.record)
        #expect(record.bytes.count == 1 << 20 && record.length == long.utf8.count - 1)
        #expect(record.sha256?.count == 64 && haul.records.last?.record.sha256 == nil)
        // Over a budget that is shorter than the line, it takes several looks, and a crash between them loses nothing.
        let folder = log.folder(budget: 1 << 20)
        let first = try folder.look()
        #expect(first.numbers == [] && first.cursors.map(\.offset) == [0])
        var rest: [Int] = []
        for _ in 0..<8 { rest += try folder.look().numbers }
        #expect(rest == [1, 2])
    }

    @Test("Links, FIFOs and files that everybody may write are not read, and said once")
    func planted() throws {
        let log = try LogScratch()
        let elsewhere = try LogScratch()
        try elsewhere.append(LogScratch.line(66), to: "secret.json")
        symlink("\(elsewhere.path)/secret.json", "\(log.path)/link.json")
        mkfifo("\(log.path)/fifo.json", 0o600)
        mkdir("\(log.path)/directory.json", 0o700)
        try log.append(LogScratch.line(67), to: "open.json")
        chmod("\(log.path)/open.json", 0o666)
        try log.append(LogScratch.line(1), to: "a.json")
        let folder = log.folder()
        let haul = try folder.look()
        #expect(haul.numbers == [1])
        #expect(haul.gaps.map(\.file) == ["directory.json", "fifo.json", "link.json", "open.json"])
        #expect(haul.gaps.allSatisfy { $0.kind == .refused })
        #expect(try folder.look().gaps == [])

        // What we follow is not followed through a link that took its place.
        try log.append(LogScratch.line(2), to: "a.json")
        rename("\(log.path)/a.json", "\(elsewhere.path)/a.json")
        symlink("\(elsewhere.path)/secret.json", "\(log.path)/a.json")
        #expect(try folder.look().numbers == [2])
        #expect(throws: ServerLogTrouble.self) { try folder.look() }
    }

    @Test("A log that is not here is told, and read when it is")
    func missing() throws {
        let log = try LogScratch()
        let source = ServerLogSource(directory: "\(log.path)/none", names: "*.json", format: .jsonlog)
        let folder = ServerLogFolder(source, cursors: [])
        func trouble() -> ServerLogTrouble.Kind? {
            do throws(ServerLogTrouble) {
                _ = try folder.look()
                return nil
            } catch { return error.kind }
        }
        #expect(trouble() == .missing)
        mkdir(source.directory, 0o700)
        #expect(trouble() == .noFiles)
        chmod(source.directory, 0o777)
        #expect(trouble() == .refused)
        chmod(source.directory, 0o755)
        try log.append(LogScratch.line(1), to: "none/a.json")
        #expect(try folder.look().numbers == [1])
        symlink(source.directory, "\(log.path)/link")
        let link = ServerLogFolder(
            .init(directory: "\(log.path)/link", names: "*", format: .jsonlog), cursors: [])
        #expect(throws: ServerLogTrouble.self) { try link.look() }
    }

    @Test(
        "A file that may not be read is told once, as trouble where it is the newest, and the others are read"
    )
    func unreadable() throws {
        let log = try LogScratch()
        try log.append(LogScratch.line(1), to: "a.json")
        let folder = log.folder()
        #expect(try folder.look().numbers == [1])
        try log.append(LogScratch.line(2), to: "b.json")
        chmod("\(log.path)/b.json", 0)
        chmod(log.path, 0o755)
        try log.append(LogScratch.line(3), to: "a.json")
        var later = [timeval(tv_sec: 4_000_000_000, tv_usec: 0), timeval(tv_sec: 4_000_000_000, tv_usec: 0)]
        utimes("\(log.path)/b.json", &later)
        try asNobody {
            let first = try folder.look()
            #expect(first.numbers == [3] && first.gaps.map(\.kind) == [.unreadable])
            #expect(first.trouble?.kind == .notAllowed)
            for _ in 0..<3 {
                let next = try folder.look()
                #expect(next.gaps == [] && next.trouble?.kind == .notAllowed)
            }
        }
        chmod("\(log.path)/b.json", 0o600)
        let after = try folder.look()
        #expect(after.numbers == [2] && after.gaps == [] && after.trouble == nil)
    }

    /// Files are opened as a user whom nothing belongs to, by this thread (root may read what nobody may).
    private func asNobody(_ body: () throws -> Void) throws {
        guard geteuid() == 0 else { return try body() }
        typealias Call = @convention(c) (UInt32) -> Int32
        let symbol = try #require(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "setfsuid"))
        // int setfsuid(uid_t), of the calling thread only.
        let setfsuid = unsafeBitCast(symbol, to: Call.self)
        _ = setfsuid(65_534)
        defer { _ = setfsuid(0) }
        try body()
    }

    @Test("Files that went while the directory was away are gaps")
    func wentMeanwhile() throws {
        let log = try LogScratch()
        mkdir("\(log.path)/log", 0o700)
        let source = ServerLogSource(directory: "\(log.path)/log", names: "*.json", format: .jsonlog)
        for number in 1...12 { try log.append(LogScratch.line(number), to: "log/\(number + 10).json") }
        let folder = ServerLogFolder(source, cursors: [])
        _ = try folder.look()
        _ = try folder.look()
        rename("\(log.path)/log", "\(log.path)/elsewhere")
        #expect(throws: ServerLogTrouble.self) { try folder.look() }
        for number in 1...12 { unlink("\(log.path)/elsewhere/\(number + 10).json") }
        try log.append(LogScratch.line(99), to: "elsewhere/99.json")
        rename("\(log.path)/elsewhere", "\(log.path)/log")
        let haul = try folder.look()
        #expect(haul.numbers == [99] && haul.gaps.contains { $0.kind == .gone }, "\(haul.gaps)")
    }

    @Test("A long record of csvlog whose end was lost swallows no other, and makes what follows doubtful")
    func swallowed() throws {
        let log = try LogScratch()
        let start =
            #"2026-11-30 22:44:35.548 UTC,"mf_t_u_aaaaaaaaaaaaa","d",10043,"[local]",6b0dfc53.273b,4,"idle",2026-11-30 22:44:35 UTC,"#
            + #"3/7,0,LOG,00000,"statement: select "#
        let end = #"",,,,,,,,,"psql","client backend",,0"# + "\n"
        // The disk was full in the midst of it.
        try log.append(start + String(repeating: "x", count: 2 << 20), to: "a.csv")
        try log.append(start + "1" + end + start + "2" + end + start + "3\n4" + end, to: "a.csv")
        let haul = try log.folder(names: "*.csv", format: .csvlog).look()
        let texts = haul.records.compactMap { $0.fields[.message].map { String($0.prefix(22)) } }
        #expect(texts.dropFirst() == ["statement: select 2", "statement: select 3\n4"], "\(texts)")
        #expect(haul.gaps.map(\.kind) == [.damaged] && haul.records.allSatisfy(\.isDoubtful))
    }

    @Test("A file that was emptied and has grown to the midst of a record is not read from there")
    func copied() throws {
        let log = try LogScratch()
        let folder = log.folder()
        try log.append(LogScratch.line(1) + LogScratch.line(2).prefix(100), to: "a.json")
        _ = try folder.look()
        truncate("\(log.path)/a.json", 0)
        let line = LogScratch.line(3, "statement: SELECT 22")
        try log.append(line + LogScratch.line(4).prefix(50), to: "a.json")
        let haul = try folder.look()
        #expect(haul.numbers == [3] && haul.gaps.map(\.kind) == [.replaced], "\(haul.gaps)")
    }

    @Test("A damaged record is told; in csvlog, what follows it is doubtful for good")
    func damaged() throws {
        let log = try LogScratch()
        try log.append(LogScratch.line(1) + "\u{0}\u{0}garbage\n" + LogScratch.line(2), to: "a.json")
        var haul = try log.folder().look()
        #expect(haul.numbers == [1, 2] && haul.gaps.map(\.kind) == [.damaged])
        #expect(haul.records.allSatisfy { !$0.isDoubtful })

        let line =
            #"2026-11-30 22:44:35.548 UTC,"mf_t_u_aaaaaaaaaaaaa","d",10043,"[local]",6b0dfc53.273b,4,"idle",2026-11-30 22:44:35 UTC,"#
            + #"3/7,0,LOG,00000,"statement: select 1",,,,,,,,,"psql","client backend",,0"# + "\n"
        try log.append(line + "garbage\n" + line, to: "a.csv")
        haul = try log.folder(names: "*.csv", format: .csvlog).look()
        #expect(haul.records.map(\.isDoubtful) == [false, true])
        try log.append(line, to: "a.csv")
        let next = try log.folder(haul.cursors, names: "*.csv", format: .csvlog).look()
        #expect(next.records.map(\.isDoubtful) == [true])
    }
}
