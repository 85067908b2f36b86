using Monitoring.Core.Alerts;
using Microsoft.Data.Sqlite;
namespace Monitoring.Server.Notify { public sealed record Notice(string Id, string Channel, string Body, long CreatedMs);
public sealed class NoticeWriter { public IEnumerable<Notice> NoticesOf(AlertTransition t) => []; public void Signal() {} } }
namespace Monitoring.Server.Storage.Sqlite { public static class NoticeBook { public static void Insert(SqliteConnection c, SqliteTransaction t, IEnumerable<Monitoring.Server.Notify.Notice> n) {} } }
namespace Monitoring.Server { public static class SurfaceRegistration { public static void AddSurface(this IServiceCollection s, HubSettings h) { s.AddSingleton<Notify.NoticeWriter>(); } public static void MapSurface(this WebApplication a) {} } }
