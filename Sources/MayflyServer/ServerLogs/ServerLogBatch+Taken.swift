package import Foundation
package import MayflyCore

extension ServerLogBatch {
    /// Has the state take it. Where the state can be written and would not take one of its lines or sessions, that one is left out and
    /// said to be, so that nobody stops the reading of a log for ever with what he has it say.
    ///
    /// - Parameter before: how far the log was read until now. A crash between two parts reads all of it again.
    /// - Returns: the lines that are news.
    package func taken(by store: any Store, from before: [LogCursor], now: Date) async throws(StoreError)
        -> [LoggedLine]
    {
        do throws(StoreError) { return try await store.take(self, now: now) } catch {
            guard case .other(let why) = error, lines.count + sessions.count > 0 else { throw error }
            // The cursors come with the last part, when all before it is taken.
            var (rest, news) = (self, [LoggedLine]())
            (rest.lines, rest.sessions) = ([], [])
            for half in halves(before) {
                news += try await half.takenInPart(by: store, now: now, &rest.gaps, why)
            }
            news += try await store.take(rest, now: now)
            return news
        }
    }

    private func takenInPart(
        by store: any Store, now: Date, _ gaps: inout [ServerLogGap], _ why: String
    ) async throws(StoreError) -> [LoggedLine] {
        do throws(StoreError) { return try await store.take(self, now: now) } catch {
            guard case .other = error else { throw error }
            guard lines.count + sessions.count > 1 else {
                gaps.append(ServerLogGap(.untaken, cursors.first?.name ?? "", detail: why.quoted(limit: 200)))
                return []
            }
            var news: [LoggedLine] = []
            for half in halves(cursors) {
                news += try await half.takenInPart(by: store, now: now, &gaps, why)
            }
            return news
        }
    }

    /// Its lines and sessions, with nothing else.
    private func halves(_ cursors: [LogCursor]) -> [ServerLogBatch] {
        func part(_ lines: ArraySlice<LoggedLine>, _ sessions: ArraySlice<Session>) -> ServerLogBatch {
            var part = ServerLogBatch(database: database)
            (part.lines, part.sessions, part.cursors) = (Array(lines), Array(sessions), cursors)
            return part
        }
        if !lines.isEmpty, !sessions.isEmpty { return [part(lines[...], []), part([], sessions[...])] }
        let (half, other) = (lines.count / 2, sessions.count / 2)
        return [part(lines[..<half], sessions[..<other]), part(lines[half...], sessions[other...])]
            .filter { !$0.lines.isEmpty || !$0.sessions.isEmpty }
    }
}
