### Panels: their table, one of them, and the ladder to it.

panel-reachable = در دسترس
panel-unreachable = خارج از دسترس
panel-refuses = نمی‌پذیرد
panel-unusable = نامعتبر
panel-not-asked = پرسیده نشده
panel-xray-down = Xray خاموش
panel-no-login = بدون ورود
way-links = لینک‌ها
way-learned = الگو
way-per-client = هر کاربر
way-client = کاربر
way-subscription = شناسه
way-links-in-full = لینک‌ها: یک درخواست همهٔ لینک‌ها را می‌دهد؛ در هر به‌روزرسانی بزرگ بررسی می‌شود
way-learned-in-full = الگو: لینک‌های یک کاربر الگوی همه است؛ در هر به‌روزرسانی بررسی می‌شود
way-per-client-in-full = هر کاربر: فهرست می‌گوید هر کس کیست، سپس هر اشتراک خوانده می‌شود
way-subscription-in-full = شناسه: اشتراک هر خرید با شناسهٔ ربات خوانده می‌شود
login-not-tried = امتحان نشده
login-password = رمز
login-token = توکن
login-refused = رد شد
login-no-api = بدون API
login-not-tried-in-full = هنوز کسی امتحان نکرده
login-password-in-full = نام کاربری و رمز پذیرفته شد
login-token-in-full = توکن API پذیرفته شد
login-refused-in-full = رد شد: نام کاربری، رمز یا توکن نادرست است؛ تا تغییر نکند یا شما نگویید دوباره امتحان نمی‌شود
login-no-api-in-full = API شناخته‌شده‌ای ندارد: پنلی از نوع دیگر یا یک فایل
login-said = ورود: { $what }
xray-running = روشن
xray-stopped = خاموش
xray-trouble = Xray { $state }
fallback = { $n ->
    [one] inbound { $inbound }: { $why }، { $count } خرید یکی‌یکی
   *[other] inbound { $inbound }: { $why }، { $count } خرید یکی‌یکی
}
rung-well = خوب
rung-look = باید نگاهی انداخت
rung-broken = کار نمی‌کند
rung-unmeasured = سنجیده نشده
below-why = چرا
below-do = چاره
fact-state = وضعیت
fact-panel = پنل
fact-sold = فروش
fact-address = نشانی
fact-way = روش
fact-login = ورود
fact-xray = Xray
fact-latency = تأخیر
fact-breaker = مدارشکن
fact-tls = TLS
fact-lists = فهرست‌ها
fact-by-client = جداگانه
since = از { $at } ({ $age })
for-age = به مدت { $age }
make-unknown = نوع هنوز نامعلوم
clients-listed = { $n ->
    [one] { $count } کاربر در فهرست
   *[other] { $count } کاربر در فهرست
}
oldest-purchase = کهنه‌ترین { $age }
with-older-links = { $count } با لینک‌های کهنه
no-cheaper-way = روش ارزان‌تری نیست: { $why }
xray-unknown = نامعلوم
latency-median = { $time }، میانهٔ پاسخ‌های اخیر
latency-none = هنوز پاسخی نداده
breaker-closed = بسته: از پنل پرسیده می‌شود
breaker-half-open = نیمه‌باز: یک پرسش روشن می‌کند
breaker-open = باز: از پنل پرسیده نمی‌شود
breaker-open-until = باز: تا { $at } از پنل پرسیده نمی‌شود
tls-none = ندارد: با HTTP ساده
tls-verified = گواهی باید معتبر باشد
tls-not-verified-in-full = بررسی نمی‌شود (PANEL_TLS_INSECURE): هر کس در میانه می‌تواند سرور خودش را بدهد
tls-not-verified = TLS بررسی نشده
lists-not-read = هنوز خوانده نشده: به‌روزرسانی چهار خرید یا بیشتر آن‌ها را می‌خواند
lists-read = { $n ->
    [one] { $at } خوانده شد در { $time } با { $count } درخواست جز ورود
   *[other] { $at } خوانده شد در { $time } با { $count } درخواست جز ورود
}
no-such-panel = پنل { $name } دیگر در پایگاه ربات نیست
no-panels = پایگاه ربات پنلی ندارد
probe = وارسی
probe-offer = { " " }گام‌به‌گام وارسی می‌کند
probe-looking = در حال وارسی، { $time }
panels-none-asked = { $count }، هنوز پرسیده نشده
panels-reachable = { $up } از { $count } در دسترس
panels-more = و { $count } دیگر: کلید 4
not-asked-again-for = { $what }؛ پرسش بعدی پس از { $time }
column-name = نام
column-make = نوع
column-way = روش
column-login = ورود
column-latency = تأخیر
column-clients = کاربر
column-sold = فروش
column-state = وضعیت
column-answer = پاسخ
column-xray = XRAY
panel-login-refused = ورود رد شد
panel-fresh = تازه
panel-nothing-fetched = هنوز خوانده نشده
panel-kept = { $count } مانده
serve-older-links = { $n ->
    [one] به خاطر آن { $count } خرید لینک کهنه می‌دهد
   *[other] به خاطر آن { $count } خرید لینک کهنه می‌دهد
}
login-may-be-retried = ورود دوباره مجاز است: خواندن بعدی یا ‎--probe‎ همین حالا امتحان می‌کند
