using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub fund statement</c>: a year of the fund, or one period, for everybody; with
/// the levers and the tightest limits of each settled period in it.
/// </summary>
public static class StatementCommand
{
    internal static Command Create()
    {
        var year = new Option<int?>("--year")
        {
            Description = "Of the contract's time zone.",
        };
        var period = new Option<string>("--period")
        {
            Description = "One period instead, such as demo-bubble/2026-11-24T10:15:00Z.",
        };
        var language = new Option<string>("--language")
        {
            Description = "en or uk.", DefaultValueFactory = _ => "en",
        };
        language.AcceptOnlyFromAmong([.. StatementText.Languages]);
        var publish = new Option<bool>("--publish")
        {
            Description = "Puts its SHA-256 into the public log.",
        };
        return FundDesk.OnBooks(
            new Command("statement", "The fund's year, or one period of it, for everybody.")
            {
                year, period, language, publish,
            },
            (result, desk) =>
            {
                var (books, documents, versions) = (desk.Books, desk.Documents, desk.Versions);
                var statements = new Statements(
                    books, versions,
                    new Insights(books, documents.Cluster, documents.Profiles, versions));
                var span = (result.GetValue(year), result.GetValue(period)) switch
                {
                    ({ } one, null) => statements.Year(one),
                    (null, { } id) => statements.Period(id),
                    _ => null,
                };
                if (span is null)
                {
                    desk.Errors.WriteLine(
                        $"Name a year ({Statements.YearMin} to {Statements.YearMax}) with --year, "
                            + "or one period of the contract with --period.");
                    return ExitCode.BadInput;
                }

                var text = statements.TextOf(span, result.GetRequiredValue(language));
                desk.Output.Write(text);
                if (result.GetValue(publish))
                {
                    Publish(desk, span.Name, result.GetRequiredValue(language), text);
                }

                return ExitCode.Ok;
            });
    }

    private static void Publish(FundDesk desk, string name, string language, string text)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        desk.Journal.Take(
            new FundRequest(
                $"statement/{name}/{language}/{digest}",
                new FundCommand.PublishStatement(name, language, digest)),
            desk.Terms, FundDesk.NowMs());
        desk.Errors.WriteLine($"In the public log with sha256 {digest}.");
    }
}
