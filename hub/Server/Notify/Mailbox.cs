using System.Globalization;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Monitoring.Server.Storage;

namespace Monitoring.Server.Notify;

/// <summary>Sends notices as e-mail: the sentence as subject, all numbers in the text.</summary>
public sealed class Mailbox(SmtpSettings settings)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(20);

    /// <summary>Null: the server took it. Otherwise why not.</summary>
    public async Task<string?> SendAsync(NoticeRow notice, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(AnswerMax);
        try
        {
            using var message = Compose(settings, notice);
            using var client = new SmtpClient();
            await client.ConnectAsync(
                settings.Host, settings.Port,
                settings.StartTls ? SecureSocketOptions.StartTls : SecureSocketOptions.None,
                limit.Token);
            if (settings.Username is { } user)
            {
                await client.AuthenticateAsync(user, settings.Password ?? "", limit.Token);
            }

            await client.SendAsync(message, limit.Token);
            await client.DisconnectAsync(true, limit.Token);
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException or ProtocolException
            or CommandException or AuthenticationException or SslHandshakeException
            or NotSupportedException)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return $"no answer within {AnswerMax.TotalSeconds} s";
        }
    }

    public static MimeMessage Compose(SmtpSettings settings, NoticeRow notice)
    {
        var document = AlertNotice.Parse(notice.Body);
        var from = MailboxAddress.Parse(settings.From);
        var message = new MimeMessage
        {
            Subject = document.Text,
            // The same on every attempt, so a mailbox that got it twice can tell.
            MessageId = $"{notice.Id}@{from.Domain}",
            Date = DateTimeOffset.FromUnixTimeMilliseconds(notice.CreatedMs),
            Body = new TextPart("plain") { Text = TextOf(document) },
        };
        message.From.Add(from);
        message.To.AddRange(settings.To.Select(MailboxAddress.Parse));
        return message;
    }

    private static string TextOf(NoticeDocument notice)
    {
        var text = new StringBuilder();
        text.Append(notice.Text).Append("\n\n");
        if (notice.TextUk is { } ukrainian)
        {
            text.Append(ukrainian).Append("\n\n");
        }

        void Line(string name, string value) => text.Append($"{name,-12}{value}\n");
        Line("Alert", $"{notice.Level} {notice.Kind} ({notice.Reason})");
        Line("Subject", $"{notice.Subject.Title} ({notice.Subject.Id})");
        Line("Contract", $"{notice.Contract}, bubble {notice.Bubble}, {notice.Pollutant}");
        Line("Period", $"{notice.Period.Start} to {notice.Period.End}");
        Line("Value", notice.ValueG is { } value ? $"{Number(value)} g" : "none");
        Line("Limit", notice.LimitG is { } limit ? $"{Number(limit)} g" : "none");
        Line("Percent", notice.Percent is { } percent ? $"{Number(percent)} %" : "none");
        Line("Alert at", $"{notice.ThresholdPercent} %");
        Line("Provisional", notice.Provisional ? "yes, the period is not settled" : "no");
        Line("At", notice.At);
        Line("Notice", notice.Id);
        return text.ToString();
    }

    private static string Number(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
