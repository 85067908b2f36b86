using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub fund statement</c>: a year of the fund, or one period, for everybody; with
/// the levers and the tightest limits of each settled period in it.
/// </summary>
public static class StatementCommand
{
    private const int PeriodsMax = 24;
    private const int YearMin = 1970;
    private const int YearMax = 9000;

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
                var span = (result.GetValue(year), result.GetValue(period)) switch
                {
                    ({ } one and >= YearMin and <= YearMax, null) =>
                        SpanOf(versions, one),
                    (null, { } id) => SpanOf(versions, id),
                    _ => null,
                };
                if (span is null)
                {
                    desk.Errors.WriteLine(
                        $"Name a year ({YearMin} to {YearMax}) with --year, or one period of the "
                            + "contract with --period.");
                    return ExitCode.BadInput;
                }

                var text = TextOf(
                    books, versions,
                    new Insights(books, documents.Cluster, documents.Profiles, versions), span,
                    result.GetRequiredValue(language));
                desk.Output.Write(text);
                if (result.GetValue(publish))
                {
                    Publish(desk, span.Name, result.GetRequiredValue(language), text);
                }

                return ExitCode.Ok;
            });
    }

    /// <summary>What a statement is about; UTC milliseconds.</summary>
    public sealed record Span(string Name, long FromMs, long UntilMs);

    /// <summary>A calendar year of the contract's time zone.</summary>
    public static Span SpanOf(ContractVersions versions, int year)
    {
        var rule = versions.Newest.Bubble.Period;
        return new Span(
            year.ToString(CultureInfo.InvariantCulture),
            rule.Midnight(new DateTime(year, 1, 1)).ToUnixTimeMilliseconds(),
            rule.Midnight(new DateTime(year + 1, 1, 1)).ToUnixTimeMilliseconds());
    }

    public static Span? SpanOf(ContractVersions versions, string id) =>
        versions.Parse(id) is { } period
            ? new Span(
                id, period.Start.ToUnixTimeMilliseconds(), period.End.ToUnixTimeMilliseconds())
            : null;

    /// <summary>The statement of a span, as it is printed and published.</summary>
    public static string TextOf(
        Books books, ContractVersions versions, Insights insights, Span span, string language)
    {
        var currency = versions.Newest.Currency;
        var statement = FundStatement.Of(
            books.Journal.Rows(), currency.Code,
            id => versions.Parse(id)?.Start.ToUnixTimeMilliseconds(), span.FromMs, span.UntilMs);
        return StatementText.Render(
            statement, language, span.Name, currency.Show,
            insights.Settled(span.FromMs, span.UntilMs, PeriodsMax));
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
