package narration

import "countersign/protocol/steps"

// chinese are the steps in Chinese, in the patent's words where it has them.
var chinese = [...]string{
	steps.Enrolled:         "各方已由认证中心认证",
	steps.AmountKeyed:      "收银员输入金额",
	steps.RequestShown:     "生成并显示消费二维码，随机扰码存于安全单元",
	steps.RequestRead:      "手机读取消费二维码",
	steps.TerminalVerified: "手机验证支付设备真实有效",
	steps.PaymentSealed:    "手机签名并加密支付信息",
	steps.PaymentShown:     "手机显示支付二维码",
	steps.PaymentRead:      "支付设备读取支付二维码",
	steps.PaymentOpened:    "安全单元解密并验证支付信息",
	steps.ScrambleSpent:    "安全单元核对并作废随机扰码",
	steps.FingerTaken:      "采集指纹",
	steps.SealedToServer:   "验证结算服务器密钥，加密支付请求",
	steps.Submitted:        "支付请求已发送",
	steps.Verified:         "结算服务器验证钱包、账号和指纹",
	steps.Answered:         "资金划转，返回支付结果",
}

const refusedChinese = "返回支付结果，未划转资金"

// tapChinese are the steps of a tap in Chinese.
var tapChinese = [...]string{
	steps.TapLoaded:    "申请虚拟卡并充值",
	steps.TapSelected:  "检测到场强，按应用名选择应用",
	steps.TapMatched:   "应用名相符",
	steps.TapAsked:     "发送获取虚拟卡号指令",
	steps.TapHanded:    "卡号交给可信应用模块",
	steps.TapEncrypted: "加密卡号，对密文签名",
	steps.TapReturned:  "返回已签名的密文",
	steps.TapVerified:  "验签并解密卡号，核对后发送支付请求指令",
	steps.TapPaid:      "扣减金额，返回扣减结果",
}

const undeductedChinese = "未扣减，返回结果："

// statusChinese are the results that deduct nothing.
var statusChinese = map[string]string{"confirm": "待机主确认", "funds": "余额不足", "refused": "已拒绝", "never": "从未扣减"}

// clearedChinese is before settlement's answer to a tap.
const clearedChinese = "结算服务器对碰一碰的答复："
